"""Files of lines, plain or gzipped, read one line at a time; what is wrong is named by file, line and field."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmtg.errors import InputError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line with its number from 1, in memory one at a time.

    Args:
        path: the file, gzipped if its name ends in ``.gz``; a byte order mark at its start is left out.

    Yields:
        Number and content of each line, its end included.

    Raises:
        InputError: there is no such file, or it cannot be read to its end.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"is no whole gzip file ({error})", file=path) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error


def decode_line(line: bytes, path: Path, number: int) -> str:
    """A line's text.

    Args:
        line: in UTF-8.
        path: its file.
        number: its number.

    Returns:
        The text.

    Raises:
        InputError: it is not UTF-8.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8", file=path, record=f"line {number}") from None


def parse_object(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """A line's JSON object.

    Args:
        line: in UTF-8.
        path: its file.
        number: its number.

    Returns:
        The object.

    Raises:
        InputError: it is not UTF-8, not JSON, or no object.
    """
    text, record = decode_line(line, path, number), f"line {number}"
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg} at character {error.pos + 1}"
        raise InputError(what, file=path, record=record) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, thousands of brackets
        raise InputError("is no JSON that can be read", file=path, record=record) from None
    if not isinstance(parsed, dict):
        raise InputError(f"must be an object, not {kind_of(parsed)}", file=path, record=record)
    return parsed


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of JSON lines with the numbers of their lines, from 1; empty lines are skipped.

    Args:
        path: the file, gzipped if its name ends in ``.gz``.

    Yields:
        Line number and object.

    Raises:
        InputError: naming the first line that is no JSON object.
    """
    for number, line in numbered_lines(path):
        if line.strip():
            yield number, parse_object(line, path, number)


def checked_text(given: object, *, file: Path, record: str, field: str) -> str:
    """A JSON value that must be text.

    Args:
        given: the value.
        file: where it stands.
        record: in it.
        field: of the record.

    Returns:
        The text.

    Raises:
        InputError: it is none.
    """
    if not isinstance(given, str):
        raise InputError(f"must be text, not {kind_of(given)}", file=file, record=record, field=field)
    try:
        given.encode()
    except UnicodeEncodeError:
        what = "holds half a surrogate pair, which is not text"
        raise InputError(what, file=file, record=record, field=field) from None
    return given


def kind_of(given: object) -> str:
    """The kind of a JSON value, as words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(given), "a number")
