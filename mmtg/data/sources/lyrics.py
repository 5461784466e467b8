"""A folder of lyrics as a source."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmtg.artefacts import Artefacts
from mmtg.data.lyrics import Song, SongReader, content_hash, song_files
from mmtg.data.pieces import Cutter
from mmtg.data.poem_store import PoemStore, PoemWriter
from mmtg.data.sources.base import FORMAT, Source
from mmtg.data.splits import Poem, Poems, Split, is_held_out
from mmtg.data.vocabulary import clean_line
from mmtg.errors import InputError
from mmtg.files import write_json
from mmtg.logging.progress import track

log = logging.getLogger(__name__)

CORPUS = "corpus.json"


@dataclass(kw_only=True)
class LyricsSource(Source):
    """Plain text and JSON lines of any size: text only, for phase 1.

    The files are read once, in a stream; their songs, cleaned as published (MMTG reference, section 1.4) and cut into
    pieces of ``steps * lines_per_step`` lines, are kept as an artefact and mapped from disk.
    """

    root: str
    title: str
    song_ends: str
    lines_field: str
    title_field: str
    least_lines: int
    most_lines: int | None
    least_last_lines: int
    least_count: int
    val_share: float
    test_items: int

    brings_experiences = False

    def identity(self) -> dict[str, Any]:
        """The files' content and how it is read, cut and split."""
        settings = {**asdict(self._reader), **asdict(self._cutter), "val_share": self.val_share}
        return {"kind": "lyrics_text", "content": self._content, **settings}

    @cached_property
    def _content(self) -> str:
        return content_hash(Path(self.root))

    @property
    def _reader(self) -> SongReader:
        return SongReader(
            title=self.title,
            song_ends=self.song_ends,
            lines_field=self.lines_field,
            title_field=self.title_field,
        )

    @property
    def _cutter(self) -> Cutter:
        return Cutter(
            piece_lines=self.steps * self.lines_per_step,
            least_lines=self.least_lines,
            most_lines=self.most_lines,
            least_last_lines=self.least_last_lines,
            keep_spaces=self.keep_spaces,
        )

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """The pieces, mapped from disk; the test writes to ``test_items`` of those held out."""
        folder = self._corpus(artefacts)
        val = PoemStore.open(folder / "val")
        return {"train": PoemStore.open(folder / "train"), "val": val, "test": val.spread(self.test_items)}

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """Characters that stand at least ``least_count`` times in the training share."""
        corpus = json.loads((self._corpus(artefacts) / CORPUS).read_text(encoding="utf-8"))
        return (character for character, times in corpus["characters"].items() if times >= self.least_count)

    def _corpus(self, artefacts: Artefacts) -> Path:
        """The artefact of all pieces, made now if it is missing."""
        return artefacts.ensure("lyrics", {"format": FORMAT, "source": self.identity()}, self._make)

    def _make(self, folder: Path) -> None:
        with PoemWriter(folder) as writer:
            for poem, split in self._pieces():
                writer.add(poem, split)
            self._check(writer.counts)
            writer.finish()
        log.info("lyrics: %s", ", ".join(f"{name} {count}" for name, count in writer.counts.items()))
        characters = dict(sorted(writer.characters.items()))
        write_json(folder / CORPUS, {"counts": writer.counts, "characters": characters})

    def _check(self, counts: Mapping[str, int]) -> None:
        if not (counts["train"] and counts["val"]):
            raise InputError(
                f"gives {counts['train']} pieces of songs to train on and {counts['val']} held out; needs both "
                f"(data.least_lines={self.least_lines}, data.val_share={self.val_share})",
                file=self.root,
            )

    def _pieces(self) -> Iterator[tuple[Poem, str]]:
        """All pieces with their splits: a song is held out, as a whole, by the hash of its first piece's lines."""
        cutter = self._cutter
        for name, song in track(self._songs(), "reading lyrics"):
            title, split = clean_line(song.title, keep_spaces=True), ""
            for i, lines in enumerate(cutter.pieces(song.lines), start=1):
                split = split or ("val" if is_held_out(lines, share=self.val_share) else "train")
                yield Poem(f"{name}:{song.number}/{i}", title, lines), split

    def _songs(self) -> Iterator[tuple[str, Song]]:
        """All songs with their files' names, as text."""
        root, reader = Path(self.root), self._reader
        for name in song_files(root):
            for song in reader.read(root / name):
                yield name.encode(errors="replace").decode(), song
