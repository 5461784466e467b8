"""Experiences as JSON lines: one object per line, pictures by path.

``{"id": "...", "topic": "...", "steps": [{"image": "path.png" or null, "text": "..." or null}, ...],
"lines": [...] optional, "rating": 1 to 5 optional}``. Letter of shapes: T steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmtg.data.experience import Experience, Step
from mmtg.data.line_files import checked_text, json_objects, kind_of
from mmtg.encoders.pictures import PictureFile
from mmtg.errors import InputError


def read_jsonl(
    path: Path, *, steps: int, lines_per_step: int, need_lines: bool, max_pixels: int
) -> Iterator[Experience]:
    """Read experiences one at a time; pictures are opened when asked for, and complain of themselves then.

    Picture paths are relative to the folder of ``path``. Steps that are left out at the end are missing ones,
    and so is a picture or a text that is null or left out, or a text of spaces only. A record without ``id`` is
    called by the number of its line. Empty lines of the file are skipped.

    Args:
        path: UTF-8, with or without a byte order mark.
        steps: T, the number of steps of every experience; a record may have fewer.
        lines_per_step: lines that belong to each step; ``lines`` must have T times as many.
        need_lines: refuse records without ``lines``.
        max_pixels: larger pictures are refused.

    Yields:
        The experiences, each of T steps.

    Raises:
        InputError: naming the file, the line and the field, at the first record that is wrong.
    """
    path = Path(path)
    seen: dict[str, int] = {}
    for number, content in json_objects(path):
        record = _Record(path, number, content)
        experience = record.experience(steps, steps * lines_per_step, need_lines, max_pixels)
        if experience.id in seen:
            record.fail("id", f"{experience.id!r} is the id of line {seen[experience.id]} already")
        seen[experience.id] = number
        yield experience
    if not seen:
        raise InputError("holds no experiences", file=path)


@dataclass(frozen=True)
class _Record:
    """One parsed line, with what is needed to complain of it."""

    path: Path
    number: int
    content: Mapping[str, Any]

    def experience(self, steps: int, lines: int, need_lines: bool, max_pixels: int) -> Experience:
        return Experience(
            id=self._id(),
            topic=self._topic(),
            steps=self._steps(steps, max_pixels),
            lines=self._lines(lines, need_lines),
            rating=self._rating(),
        )

    def fail(self, field: str, what: str) -> None:
        raise InputError(what, file=self.path, record=f"line {self.number}", field=field)

    def _id(self) -> str:
        given = self.content.get("id")
        if given is None or (isinstance(given, int) and not isinstance(given, bool)):
            return str(self.number if given is None else given)
        return self._filled("id", given)

    def _topic(self) -> str:
        if self.content.get("topic") is None:
            self.fail("topic", "is missing")
        return self._filled("topic", self.content["topic"])

    def _steps(self, steps: int, max_pixels: int) -> tuple[Step, ...]:
        given = self._list("steps")
        if given is None:
            self.fail("steps", "is missing")
            return ()
        if len(given) > steps:
            self.fail("steps", f"has {len(given)} steps, at most {steps} are wanted")
        there = [self._step(place, step, max_pixels) for place, step in enumerate(given)]
        return (*there, *[Step()] * (steps - len(there)))

    def _step(self, place: int, given: object, max_pixels: int) -> Step:
        field = f"steps[{place}]"
        if not isinstance(given, dict):
            self.fail(field, f"must be an object with image and text, not {kind_of(given)}")
            return Step()
        if given and not given.keys() & {"image", "text"}:
            self.fail(field, f"has neither image nor text, but {', '.join(map(str, given))}")
        text, image = given.get("text"), given.get("image")
        said = None if text is None else self._text(f"{field}.text", text)
        step_text = said if said and said.strip() else None
        if image is None:
            return Step(text=step_text)
        path = self.path.parent / self._filled(f"{field}.image", image)
        picture = PictureFile(path, self.path, f"line {self.number}", f"{field}.image", max_pixels)
        return Step(text=step_text, picture=picture, picture_key=str(path))

    def _lines(self, wanted: int, need_lines: bool) -> tuple[str, ...] | None:
        given = self._list("lines")
        if given is None:
            if need_lines:
                self.fail("lines", f"is missing; {wanted} lines are wanted")
            return None
        if len(given) != wanted:
            self.fail("lines", f"has {len(given)} lines, {wanted} are wanted")
        return tuple(self._text(f"lines[{place}]", line) for place, line in enumerate(given))

    def _rating(self) -> int | None:
        given = self.content.get("rating")
        whole = isinstance(given, int) and not isinstance(given, bool)
        if given is not None and not (whole and 1 <= given <= 5):
            self.fail("rating", f"must be a whole number from 1 to 5, not {json.dumps(given)[:40]}")
        return given

    def _list(self, field: str) -> list[Any] | None:
        given = self.content.get(field)
        if given is not None and not isinstance(given, list):
            self.fail(field, f"must be a list, not {kind_of(given)}")
        return given

    def _filled(self, field: str, given: object) -> str:
        text = self._text(field, given)
        if not text.strip():
            self.fail(field, "is empty")
        return text

    def _text(self, field: str, given: object) -> str:
        return checked_text(given, file=self.path, record=f"line {self.number}", field=field)
