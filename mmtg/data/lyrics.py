"""Songs in a folder of plain text and JSON lines, read one after the other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NoReturn

from mmtg.data.line_files import checked_text, decode_line, kind_of, numbered_lines, parse_object
from mmtg.errors import InputError
from mmtg.logging.progress import track

TEXT, JSON = (".txt", ".txt.gz"), (".jsonl", ".jsonl.gz")
TITLES = ("none", "first_line")
SONG_ENDS = ("blank_line", "file")
BLOCK = 1 << 20  # bytes hashed at a time


@dataclass(frozen=True)
class Song:
    """One song of a file.

    Attributes:
        number: of its first line in the file.
        title: empty if it has none.
        lines: as they stand in the file; gone when the next song is asked for.
    """

    number: int
    title: str
    lines: Iterator[str]


@dataclass(frozen=True, kw_only=True)
class SongReader:
    """Reads the songs of a file.

    In text files a blank line ends a song, or the end of the file alone. In JSON lines each object is a song: a
    list of lines or one text of several lines, and a title that may be missing or null.

    Args:
        title: of text files' songs: ``none``, or their ``first_line``.
        song_ends: what ends a song in a text file: ``blank_line`` or ``file``.
        lines_field: of JSON objects.
        title_field: of JSON objects.

    Raises:
        InputError: ``title`` or ``song_ends`` is none of these words.
    """

    title: str
    song_ends: str
    lines_field: str
    title_field: str

    def __post_init__(self) -> None:
        for field, given, words in (("title", self.title, TITLES), ("song_ends", self.song_ends, SONG_ENDS)):
            if given not in words:
                raise InputError(f"'{given}' is unknown; choose {' or '.join(words)}", field=f"data.{field}")

    def read(self, path: Path) -> Iterator[Song]:
        """Yield the songs of a file, in order; of a text file no more than a line is held.

        Args:
            path: a file whose name ends as :data:`TEXT` or :data:`JSON` say.

        Yields:
            The songs; one may be without lines.

        Raises:
            InputError: naming file, line and field, at the first record that is wrong.
        """
        yield from self._objects(path) if path.name.endswith(JSON) else self._texts(path)

    def _texts(self, path: Path) -> Iterator[Song]:
        lines = ((number, decode_line(line, path, number)) for number, line in numbered_lines(path))
        if self.song_ends == "file":
            yield from self._song(item for item in lines if item[1].strip())
            return
        for filled, group in groupby(lines, key=lambda item: bool(item[1].strip())):
            if filled:
                yield from self._song(group)

    def _song(self, numbered: Iterator[tuple[int, str]]) -> Iterator[Song]:
        """The song of some filled lines; none of no lines."""
        first = next(numbered, None)
        if first is not None:
            number, text = first
            lines = (line for _, line in numbered)
            titled = self.title == "first_line"
            yield Song(number, text, lines) if titled else Song(number, "", chain([text], lines))

    def _objects(self, path: Path) -> Iterator[Song]:
        for number, line in numbered_lines(path):
            if line.strip():
                yield self._object(parse_object(line, path, number), path, number)

    def _object(self, content: dict[str, Any], path: Path, number: int) -> Song:
        record = f"line {number}"
        given, title = content.get(self.lines_field), content.get(self.title_field)
        if given is None:
            raise InputError("is missing", file=path, record=record, field=self.lines_field)
        if not isinstance(given, str | list):
            what = f"must be text or a list of lines, not {kind_of(given)}"
            raise InputError(what, file=path, record=record, field=self.lines_field)
        parts = [given] if isinstance(given, str) else given
        texts = [checked_text(part, file=path, record=record, field=self.lines_field) for part in parts]
        name = "" if title is None else checked_text(title, file=path, record=record, field=self.title_field)
        return Song(number, name, (line for text in texts for line in text.splitlines()))


def song_files(root: Path) -> Iterator[str]:
    """Yield the song files below a folder as paths relative to it, in the same order everywhere.

    Args:
        root: the folder; hidden files and folders in it are passed over.

    Yields:
        Paths with ``/`` between their parts.

    Raises:
        InputError: a folder cannot be read.
    """
    for folder, inner, files in os.walk(root, onerror=_fail):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(TEXT + JSON) and not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def content_hash(root: Path) -> str:
    """A hash of the names and contents of all song files below a folder; files are read in blocks.

    Args:
        root: the folder.

    Returns:
        32 hexadecimal digits.

    Raises:
        InputError: there is no such folder, it has no song files, or one cannot be read.
    """
    if not root.is_dir():
        raise InputError("no such folder", file=root, field="data.root")
    whole = hashlib.blake2b(digest_size=16)
    found = False
    for name in track(song_files(root), "looking whether lyrics have changed"):
        found = True
        whole.update(os.fsencode(name) + b"\0" + _file_hash(root / name))
    if not found:
        raise InputError(f"holds no file named *{', *'.join(TEXT + JSON)}", file=root, field="data.root")
    return whole.hexdigest()


def _file_hash(path: Path) -> bytes:
    content = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                content.update(block)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    return content.digest()


def _fail(error: OSError) -> NoReturn:
    raise InputError(f"cannot be read ({error.strerror})", file=error.filename) from error
