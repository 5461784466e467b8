"""``.pt`` files of plain data (CroMIC-CMT reference, section 5): tables of id lists by name, checked before use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from mmtg.data.posts.post import PostTokens
from mmtg.errors import InputError
from mmtg.models.plain_torch import read_torch

RecordName = str | int
"""Names of records, exactly as they stand: the published ones end in a space, those of questions are numbers."""


@dataclass(frozen=True)
class PlainFile:
    """What a file holds, with what is needed to complain of it.

    Attributes:
        path: the file.
        content: its tables by name.
        kind: of its records, such as ``did``.
    """

    path: Path
    content: Mapping[Any, Any]
    kind: str

    @classmethod
    def read(cls, path: Path, kind: str) -> PlainFile:
        """Read a file.

        Args:
            path: the file.
            kind: of its records.

        Returns:
            Its content; of that, nothing is checked yet.

        Raises:
            InputError: no such file, torn, holding more than plain data, or no dict.
        """
        content = read_torch(path, called="record file")
        if not isinstance(content, dict):
            raise InputError(f"holds a {type(content).__name__}, not a dict of records", file=path)
        return cls(path, content, kind)

    def fail(self, what: str, *, record: object = None, field: str | None = None) -> NoReturn:
        """Raise InputError naming this file, and the record and field where given."""
        name = None if record is None else f"{self.kind} {record!r}"
        raise InputError(what, file=self.path, record=name, field=field)

    def spelt(self, *names: str) -> str:
        """Which of several names of a table this file uses.

        Args:
            *names: spellings of one table.

        Returns:
            The first that is there.

        Raises:
            InputError: none is.
        """
        found = [name for name in names if name in self.content]
        if not found:
            self.fail("is missing", field=" or ".join(names))
        return found[0]

    def names(self, field: str) -> list[Any]:
        """The list of all records' names.

        Args:
            field: of the list.

        Returns:
            The names, in the order of the file.

        Raises:
            InputError: it is missing, no list, empty, or one is neither text nor a whole number, or there twice.
        """
        given = self.content[self.spelt(field)]
        if not isinstance(given, list) or not given:
            self.fail("must be a list of names, at least one", field=field)
        return self.checked_names(given, field)

    def checked_names(self, given: Collection[Any], field: str) -> list[Any]:
        """Names as a list.

        Args:
            given: the names.
            field: where they stand.

        Returns:
            The names.

        Raises:
            InputError: one is neither text nor a whole number, or is there twice.
        """
        seen: dict[Any, None] = {}
        for name in given:
            if type(name) not in (str, int):
                self.fail(f"names must be text or whole numbers, not {type(name).__name__}", field=field)
            if name in seen:
                self.fail("is there twice", record=name, field=field)
            seen[name] = None
        return list(seen)

    def value(self, field: str, record: RecordName) -> Any:
        """What a table has for a record.

        Args:
            field: of the table.
            record: the record.

        Returns:
            The value.

        Raises:
            InputError: the table is no dict, or lacks it.
        """
        table = self.content[self.spelt(field)]
        if not isinstance(table, dict):
            self.fail(f"must be a dict, not a {type(table).__name__}", field=field)
        if record not in table:
            self.fail("is missing", record=record, field=field)
        return table[record]

    def text(self, given: object, most: int, tokens: PostTokens, *, record: RecordName, field: str) -> tuple[int, ...]:
        """Ids of a padded text, from the start token to the end token.

        Args:
            given: the id list.
            most: tokens; of a longer one the end is cut off, not the end token.
            tokens: tell the vocabulary.
            record: where it stands.
            field: of the record.

        Returns:
            The ids without padding.

        Raises:
            InputError: it is no list of ids of the vocabulary, or has no start, no end, or something behind the end.
        """
        ids = self.numbers(given, len(tokens.vocabulary), record=record, field=field)
        words = tokens.vocabulary
        if not ids or ids[0] != words.start or words.end not in ids:
            self.fail(f"must run from {words.names[1]} to {words.names[4]}", record=record, field=field)
        stop = ids.index(words.end) + 1
        if words.pad in ids[:stop] or ids.count(words.pad) != len(ids) - stop:
            what = f"must have its padding, and nothing else, behind {words.names[4]}"
            self.fail(what, record=record, field=field)
        return tuple(ids[:stop]) if stop <= most else (*ids[: most - 1], words.end)

    def texts(
        self, given: object, most: int, tokens: PostTokens, *, record: RecordName, field: str
    ) -> tuple[tuple[int, ...], ...]:
        """Several texts, or one: ids of each as of :meth:`text`.

        Args:
            given: a list of id lists, or one id list.
            most: tokens of each.
            tokens: tell the vocabulary.
            record: where they stand.
            field: of the record.

        Returns:
            The texts, at least one.

        Raises:
            InputError: it is no such list, or empty.
        """
        if not isinstance(given, list) or not given:
            self.fail("must be a list of texts, at least one", record=record, field=field)
        rows = given if isinstance(given[0], list) else [given]
        return tuple(
            self.text(row, most, tokens, record=record, field=f"{field}[{place}]") for place, row in enumerate(rows)
        )

    def numbers(self, given: object, below: int, *, record: RecordName, field: str) -> list[int]:
        """A list of whole numbers.

        Args:
            given: the list; may be empty.
            below: each must be less, and at least 0.
            record: where it stands.
            field: of the record.

        Returns:
            The list.

        Raises:
            InputError: it is none, or a number lies outside.
        """
        if not isinstance(given, list) or set(map(type, given)) - {int}:
            self.fail("must be a list of whole numbers", record=record, field=field)
        if given and not (min(given) >= 0 and max(given) < below):
            wrong = min(given) if min(given) < 0 else max(given)
            self.fail(f"{wrong} is outside 0..{below - 1}", record=record, field=field)
        return given
