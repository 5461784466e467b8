"""Samples as runs and ``task=generate`` write them: an object per experience and line (contract: a run directory)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmtg.data.line_files import json_objects
from mmtg.errors import InputError
from mmtg.metrics.figures import sample_items
from mmtg.metrics.registry import make_items
from mmtg.metrics.text import Item
from mmtg.scoring.outputs import Outputs
from mmtg.units import CHARACTERS, UNITS


def read_samples(path: Path, *, name: str, unit: str | None = None) -> Outputs:
    """Reads ``samples.jsonl``.

    A record has ``hypotheses`` (lists of lines) and, where known, ``id``, ``reference`` (lines) or ``references``
    (several), and for the figures of order ``ordered`` (lines of the greedy text) and ``shuffled`` (those of the greedy
    texts of permutations). ``unit`` says what its texts are counted in: ``words``, or ``characters`` where it is left
    out.

    Args:
        path: the file.
        name: to call the outputs by.
        unit: what all texts are counted in, whatever the records say; None: what they say.

    Returns:
        The outputs, with their records.

    Raises:
        InputError: naming the line and the field that is wrong.
    """
    records = [record if unit is None else {**record, "unit": unit} for record in _records(path)]
    if not records:
        raise InputError("holds no samples", file=path)
    ids = tuple(record["id"] for record in records)
    return Outputs(name, path, ids, sample_items(records), records, _reordered(records))


def _reordered(records: Sequence[Mapping[str, Any]]) -> list[Item]:
    """Items of the figures of order; none if no record has them."""
    if not any(record.get("shuffled") for record in records):
        return []
    return [
        item
        for record in records
        for item in make_items(
            [record.get("ordered") or None], [record.get("shuffled") or []], unit=record.get("unit", CHARACTERS)
        )
    ]


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The records, checked; ``reference`` is an empty list where it is not known."""
    seen: dict[str, int] = {}
    for number, given in json_objects(path):
        record = {**given, "id": str(given.get("id", number)), "reference": given.get("reference") or []}
        for field, fault in _faults(record, seen):
            raise InputError(fault, file=path, record=f"line {number}", field=field)
        seen[record["id"]] = number
        yield record


def _faults(record: Mapping[str, Any], seen: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Fields that are wrong, and how."""
    if record["id"] in seen:
        yield "id", f"'{record['id']}' is the id of line {seen[record['id']]} already"
    if not record.get("hypotheses") or not _are_texts(record["hypotheses"]):
        yield "hypotheses", "must be a list of texts, each a list of lines"
    if "references" in record and not _are_texts(record["references"]):
        yield "references", "must be a list of texts, each a list of lines"
    if "shuffled" in record and not _are_texts(record["shuffled"]):
        yield "shuffled", "must be a list of texts, each a list of lines"
    if record.get("unit", CHARACTERS) not in UNITS:
        yield "unit", f"must be {' or '.join(UNITS)}"
    for field in ("reference", "ordered"):
        if not _are_lines(record.get(field, [])):
            yield field, "must be a list of lines"


def _are_texts(given: object) -> bool:
    return isinstance(given, list) and all(map(_are_lines, given))


def _are_lines(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(line, str) for line in given)
