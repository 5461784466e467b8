"""The file of MultiM-Poem: a JSON list of objects with poem, image_url and id (img2poem reference, section 2.1)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmtg.data.line_files import checked_text, kind_of
from mmtg.data.strange_json import read_json
from mmtg.errors import InputError


@dataclass(frozen=True)
class PicturePoem:
    """A record.

    Attributes:
        number: its ``id``.
        lines: of the poem, white space at their ends removed; blank ones are left out.
        url: of its picture; empty in a file of poems alone.
    """

    number: int
    lines: tuple[str, ...]
    url: str = ""


def read_multim(path: Path, *, most_lines: int, pictures: bool = True) -> list[PicturePoem]:
    """Reads and checks all records; the order of their keys does not matter.

    Args:
        path: the file.
        most_lines: poems of more lines are refused.
        pictures: whether records have a URL; ``unim_poem.json``, which has poems alone, has none.

    Returns:
        The records, in the order of the file.

    Raises:
        InputError: naming file, record and field, at the first record that is wrong.
    """
    records, seen = [], dict[int, int]()
    for place, given in enumerate(_objects(path)):
        record = _Record(path, place, given)
        number = record.number()
        if number in seen:
            record.fail("id", f"{number} is the id of record {seen[number]} already")
        seen[number] = place
        records.append(PicturePoem(number, record.lines(most_lines), record.url() if pictures else ""))
    return records


def _objects(path: Path) -> Iterator[Mapping[str, Any]]:
    """The list's objects, not yet checked."""
    found = read_json(path, field="data.root")
    if not isinstance(found, list) or not found:
        what = "an empty list" if found == [] else kind_of(found)
        raise InputError(f"must be a list of records, not {what}", file=path)
    for place, given in enumerate(found):
        if not isinstance(given, dict):
            raise InputError(f"must be an object, not {kind_of(given)}", file=path, record=f"record {place}")
        yield given


@dataclass(frozen=True)
class _Record:
    """An object of the list, with what is needed to complain of it; its place counts from 0, as ids do."""

    path: Path
    place: int
    content: Mapping[str, Any]

    def fail(self, field: str, what: str) -> None:
        raise InputError(what, file=self.path, record=f"record {self.place}", field=field)

    def number(self) -> int:
        given = self._given("id")
        if not isinstance(given, int) or isinstance(given, bool) or given < 0:
            self.fail("id", f"must be a whole number, not {json.dumps(given)[:40]}")
        return int(given)

    def lines(self, most: int) -> tuple[str, ...]:
        lines = tuple(line.strip() for line in self._text("poem").split("\n") if line.strip())
        if len(lines) > most:
            self.fail("poem", f"has {len(lines)} lines, at most {most} are wanted (data.lines_per_step)")
        return lines

    def url(self) -> str:
        url = self._text("image_url").strip()
        if not url.startswith(("https://", "http://")) or url.endswith("/"):
            self.fail("image_url", f"must be the address of a picture file, not '{url[:60]}'")
        return url

    def _text(self, field: str) -> str:
        text = checked_text(self._given(field), file=self.path, record=f"record {self.place}", field=field)
        if not text.strip():
            self.fail(field, "is empty")
        return text

    def _given(self, field: str) -> Any:
        if field not in self.content:
            self.fail(field, "is missing")
        return self.content[field]
