"""Poems to choose from, and pictures to choose them for, as files.

Source: img2poem reference, sections 2.1 and 2.2: a JSON list of records ``poem``, ``id`` and, where there
are pictures, ``image_url``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mmtg.data.jsonl import read_jsonl
from mmtg.encoders.img2poem.items import experience_items
from mmtg.encoders.pictures import PictureFile
from mmtg.errors import InputError

LINES = (".jsonl", ".jsonlines")


@dataclass(frozen=True)
class Pictured:
    """A picture and the poem it has already.

    Attributes:
        picture: opens it.
        name: its address, or its path.
        poem: its own; empty if it has none.
    """

    picture: PictureFile
    name: str
    poem: str


def read_poems(path: Path) -> list[str]:
    """Poems of a JSON list or of JSON lines with a field ``poem``; or of plain text, a blank line between two.

    Args:
        path: of the corpus.

    Returns:
        Poems, their lines joined by newlines.

    Raises:
        InputError: the file cannot be read, or a record has no poem.
    """
    if path.suffix in (".json", *LINES):
        return [_field(record, "poem", path, where) for where, record in _records(path)]
    paragraphs = "\n".join(line.strip() for line in _text(path).splitlines()).split("\n\n")
    return [poem for paragraph in paragraphs if (poem := paragraph.strip())]


def read_pictured(
    path: Path, images: Path | None, *, max_pixels: int, steps: int, lines_per_step: int
) -> tuple[list[Pictured], int]:
    """Pictures of MultiM-Poem's records, from a folder; or of experiences as JSON lines, by their paths.

    Args:
        path: a JSON list, or JSON lines.
        images: folder of the pictures, named as in their URLs or ``ID.jpg``; None for experiences.
        max_pixels: larger pictures are refused.
        steps: of an experience.
        lines_per_step: of an experience.

    Returns:
        The pictures that are there, and how many are not.

    Raises:
        InputError: the file cannot be read.
    """
    if images is None:
        options = {"max_pixels": max_pixels, "steps": steps, "lines_per_step": lines_per_step}
        items = experience_items(read_jsonl(path, need_lines=True, **options))
        found = [Pictured(item.picture, item.key, item.text) for item in items if isinstance(item.picture, PictureFile)]
        return found, 0
    if not images.is_dir():
        raise InputError("is no folder", file=images, field="task.images")
    there, found, missing = {file.name for file in images.iterdir()}, [], 0
    for where, record in _records(path):
        url = _field(record, "image_url", path, where)
        names = (Path(urlsplit(url).path).name, f"{record.get('id')}.jpg")
        name = next((name for name in names if name in there), None)
        missing += name is None
        if name is not None:
            picture = PictureFile(images / name, path, where, "image_url", max_pixels)
            found.append(Pictured(picture, url, _field(record, "poem", path, where)))
    return found, missing


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = _text(path)
    lines = [line for line in text.splitlines() if line.strip()] if path.suffix in LINES else None
    try:
        records = json.loads(text) if lines is None else [json.loads(line) for line in lines]
    except ValueError as error:
        raise InputError(f"is not JSON ({error})", file=path) from None
    if not isinstance(records, list):
        raise InputError("must be a list of records", file=path)
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise InputError("must be an object", file=path, record=f"record {number}")
        yield f"record {number}", record


def _field(record: dict[str, Any], name: str, path: Path, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError("is no text, or empty", file=path, record=where, field=name)
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", file=path) from None
