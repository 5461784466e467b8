"""COCO's captions, with Karpathy's splits and a detector's grid features, as a source."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.artefacts import Artefacts
from mmtg.data.coco_captions import CaptionedImage, read_karpathy
from mmtg.data.encode import MISSING
from mmtg.data.experience import Experience, Step
from mmtg.data.grid_features import GridCells, GridFeatures
from mmtg.data.post_vocabulary import PostVocabulary, post_words, read_post_vocabulary
from mmtg.data.sources.base import FORMAT, Source
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError
from mmtg.logging.progress import track
from mmtg.units import WORDS

TRAINING = ("train", "restval")
"""Karpathy's splits that may be trained on."""


@dataclass(kw_only=True)
class CocoCaptionsSource(Source):
    """Images with captions (generate-it reference, section 4): each an experience of one step without topic.

    Its lines are its captions, each a text of its own. The store has one vector of each image, the mean of its cells;
    the cells themselves stay in their files.
    """

    root: str
    annotations: str
    train_features: str
    val_features: str
    train_splits: Sequence[str]
    captions: int
    grid: int
    width: int
    least_count: int

    brings_vectors = True
    brings_cells = True
    fewer_lines = True
    lines_are_texts = True
    unit = WORDS

    def __post_init__(self) -> None:
        for name in ("steps", "lines_per_step"):
            if getattr(self, name) != 1:
                raise InputError("must be 1: a text is one caption of one image", field=f"data.{name}")
        for name in ("captions", "grid", "width", "least_count"):
            if getattr(self, name) < 1:
                raise InputError(f"is {getattr(self, name)}; must be at least 1", field=f"data.{name}")
        for name in self.train_splits:
            if name not in TRAINING:
                raise InputError(
                    f"'{name}' is not to train on; choose {', '.join(TRAINING)}", field="data.train_splits"
                )

    def identity(self) -> dict[str, Any]:
        """The captions' file and what is taken of it; what the features are like, each store's content tells."""
        content = zlib.crc32(self._annotations.read_bytes()) if self._annotations.is_file() else None
        chosen = {"train_splits": list(self.train_splits), "captions": self.captions, "least_count": self.least_count}
        return {"kind": "coco_captions", "annotations": content, **chosen}

    @property
    def _annotations(self) -> Path:
        return Path(self.root) / self.annotations

    @cached_property
    def features(self) -> GridFeatures:
        """Cells of all images."""
        train, val = (Path(self.root) / path for path in (self.train_features, self.val_features))
        return GridFeatures(train, val, self.grid, self.width)

    @cached_property
    def images(self) -> dict[str, list[CaptionedImage]]:
        """The images of each split, in the order of the file; those of training with their first captions."""
        everything = read_karpathy(self._annotations)
        train = [image for image in everything if image.split in self.train_splits]
        own = {"train": [replace(image, captions=image.captions[: self.captions]) for image in train]}
        own |= {name: [image for image in everything if image.split == name] for name in ("val", "test")}
        for name, found in own.items():
            if not found:
                of = " or ".join(self.train_splits) if name == "train" else name
                raise InputError(f"has no image of split {of}", file=self._annotations, field="images")
        return own

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The splits as stores, made now if they are missing; then each image's cells are read and checked."""
        self.features.check([image.name for images in self.images.values() for image in images])
        return {name: self._split(name, images, artefacts) for name, images in self.images.items()}

    def _split(self, name: str, images: list[CaptionedImage], artefacts: Artefacts) -> Split:
        sizes = {"grid": self.grid, "width": self.width, "dtype": self.vector_dtype}
        key = {"format": FORMAT, "split": name, "source": self.identity(), **sizes, "files": self._files_state()}
        path = artefacts.ensure("store", key, lambda folder: self._write(folder / "store", name, images, key))
        store = ExperienceStore.open(path / "store")
        return Split(store, np.arange(len(store)))

    def _files_state(self) -> list[list[int]]:
        """Changes when a file of features does: its size and time of change."""
        states = [path.stat() for path in (self.features.train, self.features.val) if path.is_file()]
        return [[state.st_size, state.st_mtime_ns] for state in states]

    def _write(self, target: Path, name: str, images: list[CaptionedImage], key: dict[str, Any]) -> None:
        most = max(len(image.captions) for image in images)
        writer = StoreWriter(
            target, steps=1, lines_per_step=most, fewer_lines=True, width=self.width, vector_dtype=self.vector_dtype,
            origin=key,
        )  # fmt: skip
        with writer:
            starts = range(0, len(images), self.encode_batch_size)
            for first in track(starts, f"reading features of {name}", total=len(starts)):
                some = images[first : first + self.encode_batch_size]
                for image, cells in zip(some, self.features.read([image.name for image in some]), strict=True):
                    number = writer.vector(cells.mean(axis=(0, 1)))
                    experience = Experience(image.name, "", (Step(),), image.captions)
                    writer.add(experience, image_vectors=[number], text_vectors=[MISSING])

    def cells(self, split: Split, grid: int) -> GridCells:
        """Cells of a split's images, of ``grid`` a side.

        Args:
            split: of this source.
            grid: divides that of the files.

        Returns:
            The cells.

        Raises:
            InputError: it does not.
        """
        if grid < 1 or self.grid % grid:
            raise InputError(f"is {grid}, which does not divide data.grid={self.grid}", field="model.grid")
        names = list(split.store.ids())
        return GridCells(self.features, [names[place] for place in split.places.tolist()], grid)

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """The captions of training."""
        return (caption for image in self.images["train"] for caption in image.captions)

    def make_vocabulary(self, splits: Mapping[str, Split], artefacts: Artefacts) -> PostVocabulary:
        """The vocabulary that the configuration names, or the words that stand ``least_count`` times in training."""
        if self.vocabulary != "auto":
            return read_post_vocabulary(Path(self.vocabulary), keep_spaces=self.keep_spaces)
        return post_words(self.characters(splits, artefacts), least_count=self.least_count)
