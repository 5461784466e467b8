"""Experiences as JSON lines as a source."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.artefacts import Artefacts
from mmtg.data.experience import Experience
from mmtg.data.jsonl import read_jsonl
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.sources.pictures import pictures_state
from mmtg.data.splits import Split, held_out_places, hold_out
from mmtg.data.store import ExperienceStore
from mmtg.encoders.base import Encoder


@dataclass(kw_only=True)
class JsonlSource(Source):
    """Experiences as JSON lines with picture paths."""

    train: str
    val: str | None
    test: str | None
    val_share: float
    test_items: int
    max_pixels: int

    brings_pictures = True

    def pictured(self) -> Iterator[Experience]:
        """Experiences of the training file, without those that are held out of it for validation and test."""
        options = {"steps": self.steps, "lines_per_step": self.lines_per_step, "max_pixels": self.max_pixels}
        experiences = list(read_jsonl(Path(self.train), need_lines=True, **options))
        places = held_out_places(
            [experience.id for experience in experiences],
            np.array([experience.rating or 0 for experience in experiences]),
            val_share=self.val_share if self.val is None else None,
            test_items=self.test_items if self.test is None else None,
        )
        taken = {place for held in places.values() for place in held.tolist()}
        return (experience for place, experience in enumerate(experiences) if place not in taken)

    def identity(self) -> dict[str, Any]:
        """Sizes and kind; each file's content goes into its store's key."""
        return {"kind": "jsonl", "steps": self.steps, "lines_per_step": self.lines_per_step}

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The splits as stores, made now if they are missing."""
        assert encoder is not None
        stores = {
            name: self._file(name, Path(file), encoder, artefacts)
            for name in SPLITS
            if (file := getattr(self, name)) is not None
        }
        return hold_out(stores, val_share=self.val_share, test_items=self.test_items)

    def experiences(self, name: str) -> list[Experience]:
        """The experiences of the file that a split is, or is taken out of."""
        options = {"steps": self.steps, "lines_per_step": self.lines_per_step, "max_pixels": self.max_pixels}
        return list(read_jsonl(Path(getattr(self, name) or self.train), need_lines=True, **options))

    def _file(self, name: str, path: Path, encoder: Encoder, artefacts: Artefacts) -> ExperienceStore:
        options = {"steps": self.steps, "lines_per_step": self.lines_per_step, "max_pixels": self.max_pixels}
        experiences = list(read_jsonl(path, need_lines=True, **options))
        content = f"{zlib.crc32(path.read_bytes()):08x}-{pictures_state(experiences)}"
        return self._encoded(f"{name}-{content}", iter(experiences), len(experiences), encoder, artefacts)
