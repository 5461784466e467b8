"""Samples as runs and ``task=generate`` write them: an object per experience and line (contract: a run directory)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmtg.data.jsonl import json_objects
from mmtg.errors import InputError
from mmtg.metrics.figures import sample_items
from mmtg.scoring.outputs import Outputs


def read_samples(path: Path, *, name: str) -> Outputs:
    """Reads ``samples.jsonl``: ``id``, ``hypotheses`` (lists of lines), and where known ``reference`` (lines).

    Args:
        path: the file.
        name: to call the outputs by.

    Returns:
        The outputs, with their records.

    Raises:
        InputError: naming the line and the field that is wrong.
    """
    records = list(_records(path))
    if not records:
        raise InputError("holds no samples", file=path)
    return Outputs(name, path, tuple(record["id"] for record in records), sample_items(records), records)


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
    hypotheses = record.get("hypotheses")
    if not isinstance(hypotheses, list) or not hypotheses or not all(map(_are_lines, hypotheses)):
        yield "hypotheses", "must be a list of texts, each a list of lines"
    if not _are_lines(record["reference"]):
        yield "reference", "must be a list of lines"


def _are_lines(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(line, str) for line in given)
