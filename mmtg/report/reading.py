"""The files of a run directory, which may be a stranger's: read whole, checked, and never trusted."""

import csv
import io
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mmtg.data.line_files import json_objects
from mmtg.data.strange_json import read_json
from mmtg.errors import InputError

CURVE_FIELDS = ("step", "epoch", "name", "value")


LARGEST_NUMBER = 1e100
"""Of a figure; its square is still a number."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Knows plain data alone."""


@dataclass(frozen=True)
class Logged:
    """A line of ``metrics.csv``; ``value`` is a finite number."""

    step: int
    epoch: int
    name: str
    value: float


def read_yaml(file: Path, *, largest: int) -> Any:
    """What a YAML file holds.

    Args:
        file: its path.
        largest: bytes that it may have.

    Returns:
        Plain data.

    Raises:
        InputError: it is not there, too large, or no plain YAML.
    """
    check_size(file, largest=largest)
    try:
        found = yaml.load(file.read_bytes().decode("utf-8"), Loader=LOADER)
        _refuse_anchors(found, file)
        return found
    except yaml.YAMLError as error:
        raise InputError(f"is no plain YAML ({_first_line(error)})", file=file) from None
    except (ValueError, RecursionError, OSError) as error:
        raise InputError(f"cannot be read ({type(error).__name__})", file=file) from None


def _refuse_anchors(found: Any, file: Path) -> None:
    """Refuses lists and mappings that stand in several places: by them a small file can mean an endless one."""
    seen: set[int] = set()
    todo = [found]
    while todo:
        value = todo.pop()
        if not isinstance(value, dict | list):
            continue
        if id(value) in seen:
            raise InputError("has an anchor for a list or mapping", file=file)
        seen.add(id(value))
        todo += value.values() if isinstance(value, dict) else value


def read_object(file: Path, *, largest: int) -> dict[str, Any]:
    """The object in a JSON file.

    Args:
        file: its path.
        largest: bytes that it may have.

    Returns:
        Plain data.

    Raises:
        InputError: it is not there, too large, not JSON, or no object.
    """
    check_size(file, largest=largest)
    found = read_json(file, field="task.runs")
    if not isinstance(found, dict):
        raise InputError("must be an object", file=file)
    return found


def read_figures(file: Path, *, largest: int) -> dict[str, float]:
    """The finite numbers of ``metrics.json``.

    Args:
        file: its path.
        largest: bytes that it may have.

    Returns:
        Figures by name.

    Raises:
        InputError: it cannot be read, or has something else than finite numbers.
    """
    figures = read_object(file, largest=largest)
    if not figures:
        raise InputError("has no figures", file=file)
    for name, value in figures.items():
        if not is_number(value):
            raise InputError("must be a finite number", file=file, field=name)
        if abs(value) > LARGEST_NUMBER:
            raise InputError(f"is beyond {LARGEST_NUMBER:g}, too large to compute with", file=file, field=name)
    return {name: float(value) for name, value in figures.items()}


def is_number(value: object) -> bool:
    """Whether a value is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def read_curves(file: Path, *, largest: int) -> list[Logged]:
    """The lines of ``metrics.csv``; those whose value is no finite number, as of a loss that blew up, are left out.

    Args:
        file: its path.
        largest: bytes that it may have.

    Returns:
        In the order of the file.

    Raises:
        InputError: it is not there, or a line is not ``step,epoch,name,value``.
    """
    check_size(file, largest=largest)
    rows = csv.reader(io.StringIO(_text(file)))
    try:
        header = next(rows, None)
        if header is None or tuple(header) != CURVE_FIELDS:
            raise InputError(f"must begin with {','.join(CURVE_FIELDS)}", file=file, record="line 1")
        logged = [_logged(row, file, number) for number, row in enumerate(rows, start=2) if row]
    except csv.Error as error:
        raise InputError(f"is no CSV ({error})", file=file) from None
    return [line for line in logged if math.isfinite(line.value)]


def read_samples(file: Path, *, largest: int) -> list[dict[str, Any]]:
    """The records of ``samples.jsonl``: each has ``id`` and ``topic`` (text), ``reference`` (lines) and ``hypotheses``.

    Args:
        file: its path.
        largest: bytes that it may have.

    Returns:
        The records; other fields are as they stand, unchecked.

    Raises:
        InputError: it is not there, or a record is not as said.
    """
    check_size(file, largest=largest)
    return [_checked(record, file, number) for number, record in json_objects(file)]


def check_size(file: Path, *, largest: int) -> None:
    """Refuses what is no ordinary file of moderate size.

    Args:
        file: its path.
        largest: bytes that it may have.

    Raises:
        InputError: it is not.
    """
    try:
        found = os.stat(file)
    except (OSError, ValueError) as error:
        what = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise InputError(what, file=file) from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is no ordinary file", file=file)
    if found.st_size > largest:
        raise InputError(f"has {found.st_size} bytes; task.largest_file allows {largest}", file=file)


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", file=file) from None


def _logged(row: Sequence[str], file: Path, number: int) -> Logged:
    try:
        step, epoch, name, value = row
        return Logged(int(step), int(epoch), name, float(value))
    except ValueError:
        raise InputError("must be a step, an epoch, a name and a number", file=file, record=f"line {number}") from None


def _checked(record: Mapping[str, Any], file: Path, number: int) -> dict[str, Any]:
    """A record of samples, its id and topic as text."""
    whole = {
        **record,
        "id": str(record.get("id", number)),
        "topic": str(record.get("topic", "")),
        "reference": record.get("reference") or [],
    }
    texts = whole.get("hypotheses")
    if not are_lines(whole["reference"]):
        raise InputError("must be a list of lines", file=file, record=f"line {number}", field="reference")
    if not isinstance(texts, list) or not all(map(are_lines, texts)):
        raise InputError("must be a list of texts", file=file, record=f"line {number}", field="hypotheses")
    return whole


def are_lines(given: object) -> bool:
    """Whether a value is a list of lines."""
    return isinstance(given, list) and all(isinstance(line, str) for line in given)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
