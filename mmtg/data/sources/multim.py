"""MultiM-Poem as a source: English poems, and their pictures where there is a folder of them."""

import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.artefacts import Artefacts
from mmtg.data.experience import Experience, Step
from mmtg.data.line_vocabulary import line_vocabulary
from mmtg.data.multim import PicturePoem, read_multim
from mmtg.data.multim_pictures import find_pictures
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.sources.pictures import pictures_state
from mmtg.data.splits import Poem, Poems, Split, is_held_out
from mmtg.data.vocabulary import Vocabulary
from mmtg.encoders.base import Encoder
from mmtg.encoders.pictures import PictureFile
from mmtg.errors import InputError
from mmtg.units import WORDS

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class MultimSource(Source):
    """Pairs of a picture and a poem (img2poem reference, section 2.1): text alone unless there is a folder of pictures.

    A poem's split follows from its text, so that all its records are in one. With pictures an experience is one step,
    its picture, and the poem's one to ten lines; records without a picture are poems only.
    """

    root: str
    file: str
    more_poems: str | None
    images: str | None
    max_pixels: int
    least_count: int
    val_share: float
    test_share: float
    test_items: int

    brings_pictures = True
    fewer_lines = True
    unit = WORDS

    @property
    def brings_experiences(self) -> bool:
        """Whether there is a folder of pictures."""
        return self.images is not None

    def identity(self) -> dict[str, Any]:
        """The files' content, and how it is split; of pictures each store's key tells."""
        shares = {"val_share": self.val_share, "test_share": self.test_share}
        files = [zlib.crc32(path.read_bytes()) for path in self._files if path.is_file()]
        return {"kind": "multim_poem", "files": files, **shares, "least_count": self.least_count}

    @property
    def _files(self) -> list[Path]:
        return [Path(self.root) / self.file, *([Path(self.more_poems)] if self.more_poems else [])]

    @cached_property
    def records(self) -> list[PicturePoem]:
        """All pairs, checked, in the order of the file."""
        return read_multim(self._files[0], most_lines=self._most_lines)

    @property
    def _most_lines(self) -> int:
        return self.steps * self.lines_per_step

    def pictured(self) -> Iterator[Experience]:
        """The training pairs whose pictures are there.

        Returns:
            One experience a pair.

        Raises:
            InputError: no folder of pictures is given.
        """
        if self.images is None:
            raise InputError("is null; an encoder that learns from pairs needs the pictures", field="data.images")
        there = self._pictures
        return (
            self._experience(record)
            for record in self.records
            if record.number in there and self.split_of(record.lines) == "train"
        )

    def split_of(self, lines: Sequence[str]) -> str:
        """The split of a poem, by the hash of its lines."""
        if is_held_out(lines, share=self.val_share):
            return "val"
        return "test" if is_held_out(lines, share=self.val_share + self.test_share) else "train"

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The pairs whose pictures are there, as stores, made now if they are missing."""
        assert encoder is not None
        own: dict[str, list[Experience]] = {name: [] for name in SPLITS}
        for record in self.records:
            if record.number in self._pictures:
                own[self.split_of(record.lines)].append(self._experience(record))
        own["test"] = _spread(own["test"], self.test_items)
        if not all(own.values()):
            counts = ", ".join(f"{name} {len(found)}" for name, found in own.items())
            what = f"gives too few pictures: {counts} (data.val_share, data.test_share)"
            raise InputError(what, file=self.images, field="data.images")
        return {name: self._split(name, found, encoder, artefacts) for name, found in own.items()}

    def _split(self, name: str, own: list[Experience], encoder: Encoder, artefacts: Artefacts) -> Split:
        store = self._encoded(f"{name}-{len(own)}-{pictures_state(own)}", iter(own), len(own), encoder, artefacts)
        return Split(store, np.arange(len(store)))

    @cached_property
    def _pictures(self) -> dict[int, Path]:
        found = find_pictures(Path(str(self.images)), self.records)
        if missing := len(self.records) - len(found):
            log.warning(
                "%s: %d of %d pictures are missing; their records are poems only",
                self.images, missing, len(self.records),
            )  # fmt: skip
        return found

    def _experience(self, record: PicturePoem) -> Experience:
        path, name = self._pictures[record.number], f"id {record.number}"
        picture = PictureFile(path, self._files[0], name, "image_url", self.max_pixels)
        steps = (Step(picture=picture, picture_key=str(path)), *[Step()] * (self.steps - 1))
        return Experience(f"multim-{record.number}", "", steps, record.lines)

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """Each different poem once, those of ``more_poems`` too; the test writes to ``test_items`` of its share."""
        found = self._poems
        return {"train": found["train"], "val": found["val"], "test": _spread(found["test"], self.test_items)}

    @cached_property
    def _poems(self) -> dict[str, list[Poem]]:
        found: dict[str, dict[tuple[str, ...], Poem]] = {name: {} for name in SPLITS}
        for kind, record in self._all_records():
            poem = Poem(f"{kind}-{record.number}", "", record.lines)
            found[self.split_of(record.lines)].setdefault(record.lines, poem)
        counts = {name: len(poems) for name, poems in found.items()}
        if not all(counts.values()):
            what = (
                f"gives {counts['train']} poems to train on, {counts['val']} for validation, {counts['test']} to test"
            )
            raise InputError(f"{what}; needs all (data.val_share, data.test_share)", file=self._files[0])
        return {name: list(poems.values()) for name, poems in found.items()}

    def _all_records(self) -> Iterable[tuple[str, PicturePoem]]:
        yield from (("multim", record) for record in self.records)
        for path in self._files[1:]:
            more = read_multim(path, most_lines=self._most_lines, pictures=False)
            yield from (("more", record) for record in more)

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """The training share's lines."""
        return (line for poem in self._poems["train"] for line in poem.lines)

    def make_vocabulary(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Vocabulary:
        """The vocabulary that the configuration names, or the words that stand ``least_count`` times in training."""
        if self.vocabulary != "auto":
            return super().make_vocabulary(splits, artefacts)
        texts, more = (poem.lines for poem in self._poems["train"]), [str(self.layout["prompt"])]
        return line_vocabulary(texts, unit=WORDS, least_count=self.least_count, more=more)


def _spread(items: list[Any], count: int) -> list[Any]:
    """So many of the items, or all if there are fewer, evenly spread over them."""
    count = min(count, len(items))
    return [items[i * len(items) // count] for i in range(count)]
