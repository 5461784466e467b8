"""Experiences as JSON lines as a source."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmtg.artefacts import Artefacts
from mmtg.data.jsonl import read_jsonl
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.sources.pictures import pictures_state
from mmtg.data.splits import Split, hold_out
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

    def _file(self, name: str, path: Path, encoder: Encoder, artefacts: Artefacts) -> ExperienceStore:
        options = {"steps": self.steps, "lines_per_step": self.lines_per_step, "max_pixels": self.max_pixels}
        experiences = list(read_jsonl(path, need_lines=True, **options))
        content = f"{zlib.crc32(path.read_bytes()):08x}-{pictures_state(experiences)}"
        return self._encoded(f"{name}-{content}", iter(experiences), len(experiences), encoder, artefacts)
