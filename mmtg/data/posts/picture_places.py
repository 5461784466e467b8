"""Where pictures of captions and questions lie: a folder of files, an LMDB folder, or MUGE's table of base64 text."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL.Image import Image

from mmtg.data.line_files import BYTE_ORDER_MARK, numbered_lines
from mmtg.data.posts.pictures_lmdb import LmdbPicture, PictureLmdb
from mmtg.encoders.pictures import PictureFile, open_picture
from mmtg.errors import InputError


class PicturePlace(Protocol):
    """Pictures by name; may be handed to other processes."""

    def find(self, names: Sequence[str]) -> str | None:
        """The first of several names that a picture has; None if none has."""

    def opener(self, name: str, *, file: Path, record: str) -> Callable[[], Image]:
        """What opens a picture that :meth:`find` gave; it tells file and record that name it where it can."""

    def key(self, name: str) -> str:
        """Equal for equal pictures alone."""


def open_places(paths: Sequence[str], *, max_pixels: int, field: str) -> PicturePlace:
    """The pictures at some paths, whatever their kinds.

    Args:
        paths: each a folder of files, an LMDB folder, or a table whose name ends in ``.tsv``; a picture is taken from
            the first that has it.
        max_pixels: larger pictures are refused.
        field: the setting that names the paths, for messages.

    Returns:
        The pictures.

    Raises:
        InputError: there is nothing at a path, or a broken table or LMDB folder.
    """
    if not paths:
        raise InputError("must name at least one folder of pictures, LMDB folder or table (.tsv)", field=field)
    return PicturePlaces([_open_place(Path(path), max_pixels, field) for path in paths])


def _open_place(path: Path, max_pixels: int, field: str) -> PicturePlace:
    if (path / "data.mdb").exists():
        return LmdbPlace(PictureLmdb(path, max_pixels))
    if path.is_dir():
        return FolderPlace(path, max_pixels)
    if not path.is_file():
        raise InputError("no such folder of pictures, LMDB folder or table (.tsv)", file=path, field=field)
    return TablePlace(path, max_pixels)


class PicturePlaces:
    """Several places as one.

    Args:
        places: asked one after the other.
    """

    def __init__(self, places: Sequence[PicturePlace]) -> None:
        self.places = places

    def find(self, names: Sequence[str]) -> str | None:
        """The first of several names that a picture has, in the first place where one has any."""
        return next((found for place in self.places if (found := place.find(names)) is not None), None)

    def opener(self, name: str, *, file: Path, record: str) -> Callable[[], Image]:
        """What opens a picture."""
        return self._place(name).opener(name, file=file, record=record)

    def key(self, name: str) -> str:
        """That of its place."""
        return self._place(name).key(name)

    def _place(self, name: str) -> PicturePlace:
        return next(place for place in self.places if place.find([name]) is not None)


class FolderPlace:
    """Picture files of a folder, by their names.

    Args:
        folder: the files.
        max_pixels: larger pictures are refused.
    """

    def __init__(self, folder: Path, max_pixels: int) -> None:
        self.folder, self.max_pixels = folder, max_pixels
        self._there = {path.name for path in folder.iterdir()}

    def find(self, names: Sequence[str]) -> str | None:
        """The first of several names that a file has."""
        return next((name for name in names if name in self._there), None)

    def opener(self, name: str, *, file: Path, record: str) -> Callable[[], Image]:
        """What opens a picture."""
        return PictureFile(self.folder / name, file, record, "picture", self.max_pixels)

    def key(self, name: str) -> str:
        """Its path."""
        return str(self.folder / name)


class LmdbPlace:
    """Pictures of an LMDB folder, by their keys.

    Args:
        pictures: the folder.
    """

    def __init__(self, pictures: PictureLmdb) -> None:
        self.pictures, self._there = pictures, pictures.names()

    def find(self, names: Sequence[str]) -> str | None:
        """The first of several names that is a key."""
        return next((name for name in names if name in self._there), None)

    def opener(self, name: str, *, file: Path, record: str) -> Callable[[], Image]:
        """What opens a picture."""
        return LmdbPicture(self.pictures, name)

    def key(self, name: str) -> str:
        """Folder and key."""
        return f"{self.pictures.path}/{name}"


class TablePlace:
    """MUGE's pictures: lines ``id<TAB>url-safe base64`` of a file, which is gone through once; they stay on disk.

    Args:
        path: the file; not gzipped, since pictures are read from its middle.
        max_pixels: larger pictures are refused.

    Raises:
        InputError: naming file and line, if one has no tab, or an id is there twice.
    """

    def __init__(self, path: Path, max_pixels: int) -> None:
        if path.suffix == ".gz":
            raise InputError("is gzipped; pictures are read from the middle of a table, so unpack it", file=path)
        self.path, self.max_pixels = path, max_pixels
        self._places = self._scan()

    def _scan(self) -> dict[str, tuple[int, int]]:
        """Where each picture's text begins, and its length."""
        places: dict[str, tuple[int, int]] = {}
        with self.path.open("rb") as file:
            start = len(BYTE_ORDER_MARK) if file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK else 0
        for number, line in numbered_lines(self.path):
            name, tab, text = line.partition(b"\t")
            if not tab:
                raise InputError("has no tab behind an id", file=self.path, record=f"line {number}")
            key = name.decode("utf-8", "surrogateescape")
            if key in places:
                raise InputError(f"{key!r} is there already", file=self.path, record=f"line {number}", field="id")
            places[key] = start + len(name) + 1, len(text.rstrip(b"\r\n"))
            start += len(line)
        return places

    def find(self, names: Sequence[str]) -> str | None:
        """The first of several names that is an id."""
        return next((name for name in names if name in self._places), None)

    def opener(self, name: str, *, file: Path, record: str) -> Callable[[], Image]:
        """What opens a picture."""
        return TablePicture(self.path, name, *self._places[name], self.max_pixels)

    def key(self, name: str) -> str:
        """File and id."""
        return f"{self.path}/{name}"


@dataclass(frozen=True)
class TablePicture:
    """A picture of a table; calling it opens the picture."""

    path: Path
    name: str
    start: int
    length: int
    max_pixels: int

    def __call__(self) -> Image:
        """Open the picture; InputError names file and id."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            text = file.read(self.length)
        try:
            content = base64.b64decode(text, altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise self._error(f"is not URL-safe base64 ({error})") from error
        return open_picture(io.BytesIO(content), max_pixels=self.max_pixels, error=self._error)

    def _error(self, what: str) -> InputError:
        return InputError(what, file=self.path, record=f"id {self.name!r}", field="picture")


def joined(names: Iterable[str]) -> str:
    """Names of which one is wanted, for messages."""
    return " or ".join(repr(name) for name in names)
