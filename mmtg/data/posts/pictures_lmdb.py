"""Pictures in an LMDB folder (CroMIC-CMT reference, section 6): a post's id -> the bytes of a picture file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import lmdb
from PIL.Image import Image

from mmtg.data.posts.environments import forget, reading
from mmtg.encoders.pictures import open_picture
from mmtg.errors import InputError
from mmtg.files import build_folder

FIRST_MAP_SIZE = 2**24
"""Bytes that a new folder may grow to at first; doubled whenever it is full."""

COMMIT_EVERY = 256
"""Pictures written in one transaction."""


@dataclass(frozen=True)
class PictureLmdb:
    """An LMDB folder of pictures; may be handed to forked and to spawned processes.

    Attributes:
        path: the folder; opened when a process first reads in it.
        max_pixels: larger pictures are refused before they are decoded.
    """

    path: Path
    max_pixels: int

    def names(self) -> set[str]:
        """The names of all pictures."""
        with reading(self.path) as transaction:
            return {_name(bytes(key)) for key in transaction.cursor().iternext(keys=True, values=False)}

    def raw(self, name: str) -> bytes:
        """A picture's bytes, as they were put in.

        Args:
            name: of the picture.

        Returns:
            The bytes of its file.

        Raises:
            InputError: there is no such picture, or no LMDB folder.
        """
        with reading(self.path) as transaction:
            try:
                found = transaction.get(_key(name))
            except lmdb.BadValsizeError:  # no name at all, or too long for LMDB
                found = None
            except lmdb.Error as error:
                raise self._error(name, f"cannot be read ({error})") from error
            if found is None:
                raise self._error(name, "there is no such picture")
            return bytes(found)

    def picture(self, name: str) -> Image:
        """A picture.

        Args:
            name: of the picture.

        Returns:
            RGB; see :func:`mmtg.encoders.pictures.open_picture`.

        Raises:
            InputError: naming folder and record, if it is missing, broken, too large or no picture.
        """
        content = io.BytesIO(self.raw(name))
        return open_picture(content, max_pixels=self.max_pixels, error=lambda what: self._error(name, what))

    def _error(self, name: str, what: str) -> InputError:
        return InputError(what, file=self.path, record=f"picture {name!r}")


@dataclass(frozen=True)
class LmdbPicture:
    """A picture of a folder; calling it opens the picture."""

    pictures: PictureLmdb
    name: str

    def __call__(self) -> Image:
        """Open the picture; InputError names folder and key."""
        return self.pictures.picture(self.name)


def write_pictures(
    target: str | os.PathLike[str],
    pictures: Iterable[tuple[str, bytes]],
    *,
    overwrite: bool = False,
    first_map_size: int = FIRST_MAP_SIZE,
) -> int:
    """Write an LMDB folder, whole or not at all.

    Args:
        target: the folder.
        pictures: names and bytes of files, which are put in as they are.
        overwrite: replace a folder that is there and not empty.
        first_map_size: bytes that it may grow to before it is enlarged.

    Returns:
        Number of pictures.

    Raises:
        InputError: the folder is not free, or a name is there twice, empty or too long.
    """
    with build_folder(target, overwrite=overwrite) as folder:
        environment = lmdb.open(str(folder), map_size=first_map_size, lock=False, sync=False)
        try:
            count, waiting = 0, list[tuple[str, bytes]]()
            for item in pictures:
                waiting.append(item)
                if len(waiting) == COMMIT_EVERY:
                    count += _put(environment, waiting, target)
                    waiting.clear()
            count += _put(environment, waiting, target)
            environment.sync(True)
        finally:
            environment.close()
        forget(Path(target))
    return count


def _put(environment: lmdb.Environment, items: Sequence[tuple[str, bytes]], target: object) -> int:
    """Writes some pictures in one transaction, again with more room if there is too little; gives their number."""
    while True:
        try:
            with environment.begin(write=True) as transaction:
                for name, content in items:
                    _put_one(transaction, name, content, target)
            return len(items)
        except lmdb.MapFullError:
            environment.set_mapsize(2 * environment.info()["map_size"])


def _put_one(transaction: lmdb.Transaction, name: str, content: bytes, target: object) -> None:
    try:
        new = transaction.put(_key(name), content, overwrite=False)
    except lmdb.BadValsizeError:
        raise InputError("name is empty or longer than 511 bytes", file=target, record=f"picture {name!r}") from None
    if not new:
        raise InputError("is there twice", file=target, record=f"picture {name!r}")


def folder_pictures(
    folder: str | os.PathLike[str], names: Sequence[str] | None, *, max_pixels: int
) -> Iterable[tuple[str, bytes]]:
    """Yield the pictures of a folder with their names; each is opened to see that it is one.

    Args:
        folder: the picture files.
        names: in this order; each is that of a file without its ending, white space at its ends aside, as the
            published ids end in a space. None for all files, each by its name without ending.
        max_pixels: larger pictures are refused.

    Yields:
        Names and bytes.

    Raises:
        InputError: no such folder, a picture is missing, has two files, or is none.
    """
    files = picture_files(Path(folder))
    for name in sorted(files) if names is None else names:
        found = files.get(name.strip())
        if found is None:
            raise InputError("there is no such picture", file=folder, record=f"picture {name!r}")
        content, error = found.read_bytes(), lambda what, found=found: InputError(what, file=found)
        open_picture(io.BytesIO(content), max_pixels=max_pixels, error=error)
        yield name, content


def picture_files(folder: Path) -> Mapping[str, Path]:
    """The files of a folder by their names without ending.

    Args:
        folder: the files; hidden ones are left out.

    Returns:
        The files.

    Raises:
        InputError: no such folder, an empty one, or two files of one name.
    """
    if not folder.is_dir():
        raise InputError("no such folder", file=folder)
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            if path.stem in files:
                raise InputError(f"has the same name as {files[path.stem].name}", file=path)
            files[path.stem] = path
    if not files:
        raise InputError("holds no pictures", file=folder)
    return files


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _name(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
