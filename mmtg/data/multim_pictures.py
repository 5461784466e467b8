"""Pictures of MultiM-Poem in a folder: named as at the end of their URL, or by id as the ports' downloads are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from mmtg.data.multim import PicturePoem
from mmtg.errors import InputError

FLICKR = "staticflickr.com"
"""Its file names are unique: the same one on two of its hosts is the same picture."""


def find_pictures(folder: Path, records: Sequence[PicturePoem]) -> dict[int, Path]:
    """The picture files there are.

    A name that would stand for two different pictures is not used: ``354.jpg`` is the picture of id 354, and the end of
    another record's URL.

    Args:
        folder: the pictures.
        records: of the whole file.

    Returns:
        id -> file, for those records that have one.

    Raises:
        InputError: there is no such folder, or none of the pictures is in it.
    """
    if not folder.is_dir():
        raise InputError("no such folder", file=folder, field="data.images")
    there = {path.name: path for path in folder.iterdir() if path.is_file()}
    meanings = _meanings(records)
    found = {}
    for record in records:
        clear = [name for name in names_of(record) if name in there and len(meanings[name]) == 1]
        if clear:
            found[record.number] = there[clear[0]]
    if not found:
        what = f"holds none of the {len(records)} pictures; they are named as their URLs end, or ID.jpg"
        raise InputError(what, file=folder, field="data.images")
    return found


def names_of(record: PicturePoem) -> tuple[str, str]:
    """Names that a record's picture may have."""
    return PurePosixPath(unquote(urlsplit(record.url).path)).name, f"{record.number}.jpg"


def _meanings(records: Sequence[PicturePoem]) -> Mapping[str, set[str]]:
    """For each file name the different pictures that it may mean."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in records:
        ending, by_number = names_of(record)
        host = urlsplit(record.url).hostname or ""
        picture = ending if host.endswith(FLICKR) else record.url
        found[ending].add(picture)
        found[by_number].add(picture)
    return found
