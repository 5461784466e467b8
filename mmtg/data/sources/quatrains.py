"""CCPC's quatrains as a source."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmtg.artefacts import Artefacts
from mmtg.data.sources.base import Source
from mmtg.data.splits import Poem, Poems, Split, is_held_out
from mmtg.errors import InputError


@dataclass(kw_only=True)
class QuatrainSource(Source):
    """CCPC's quatrains: text only, for phase 1."""

    root: str
    file: str
    val_share: float

    brings_experiences = False

    def identity(self) -> dict[str, Any]:
        """The file's content and how it is split."""
        return {"kind": "quatrains", "file": zlib.crc32(self._path.read_bytes()), "val_share": self.val_share}

    @cached_property
    def _path(self) -> Path:
        path = Path(self.root) / self.file
        if not path.is_file():
            raise InputError("no such file", file=path, field="data.root")
        return path

    @cached_property
    def _poems(self) -> dict[str, list[Poem]]:
        poems: dict[str, list[Poem]] = {"train": [], "val": []}
        for number, text in enumerate(self._path.read_text(encoding="utf-8").splitlines(), start=1):
            if text.strip():
                poem = self._read(number, text)
                poems["val" if is_held_out(poem.lines, share=self.val_share) else "train"].append(poem)
        if not all(poems.values()):
            found = f"has {len(poems['train'])} poems to train on and {len(poems['val'])} held out; needs both"
            raise InputError(found, file=self._path)
        return poems

    def _read(self, number: int, text: str) -> Poem:
        record_name = f"line {number}"
        try:
            record = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"is not JSON ({error.msg})", file=self._path, record=record_name) from None
        for name in ("title", "content"):
            if not isinstance(record, dict) or not isinstance(record.get(name), str):
                raise InputError("is missing or no text", file=self._path, record=record_name, field=name)
        lines = tuple(record["content"].split("|"))
        wanted = self.steps * self.lines_per_step
        if len(lines) != wanted:
            what = f"has {len(lines)} lines, not {wanted}"
            raise InputError(what, file=self._path, record=record_name, field="content")
        return Poem(f"line-{number}", record["title"], lines, self._keywords(record, record_name))

    def _keywords(self, record: dict[str, Any], record_name: str) -> tuple[str, ...]:
        """One to four words, parted by spaces (Image2Poem reference, section 5); none where the field is missing."""
        words = record.get("keywords", "")
        if not isinstance(words, str):
            raise InputError("is no text", file=self._path, record=record_name, field="keywords")
        return tuple(words.split())

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """The quatrains, the held-out share by the hash of their lines."""
        return self._poems

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """The training share's texts."""
        for poem in self._poems["train"]:
            yield from (poem.topic, *poem.lines)
