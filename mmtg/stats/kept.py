"""Scores in a file: what a run's figures are made of, experience by experience (``scores.json`` of a run directory).

Letters of shapes: N experiences, S numbers of a row.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.data.strange_json import read_json
from mmtg.errors import InputError
from mmtg.stats.formulas import FORMULAS, name_of
from mmtg.stats.score import Score, quotient

FILE, FORMAT = "scores.json", 1
LARGEST = 1e100
"""Of a number in a table; its square is still a number."""


@dataclass(frozen=True)
class KeptScores:
    """The scores of one run.

    Attributes:
        experiences: fingerprint of what was to be written: ids, topics and references.
        ids: [N] of the experiences.
        texts: [N] how many were written for each.
        scores: by the names of figures, without ``test/``; rows in the order of ids.
    """

    experiences: str
    ids: tuple[str, ...]
    texts: tuple[int, ...]
    scores: Mapping[str, Score]

    @classmethod
    def of(cls, samples: Sequence[Mapping[str, Any]], scores: Mapping[str, Score]) -> "KeptScores":
        """Those of a test's samples."""
        ids = tuple(str(sample["id"]) for sample in samples)
        return cls(fingerprint(samples), ids, tuple(len(sample["hypotheses"]) for sample in samples), scores)

    def as_text(self) -> str:
        """As JSON, a figure a line: ``values`` where a figure is a mean, else a ``table`` and its ``formula``."""
        figures = {name: kept for name, score in self.scores.items() if (kept := _as_plain(score)) is not None}
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(kept)}" for name, kept in sorted(figures.items()))
        named = {"experiences": self.experiences, "ids": self.ids, "texts": self.texts}
        head = json.dumps({"format": FORMAT, **named}, ensure_ascii=False)
        return f'{head[:-1]},\n "figures": {{\n{lines}\n }}}}\n'


def fingerprint(samples: Sequence[Mapping[str, Any]]) -> str:
    """What tells sets of test experiences apart, in whatever order: their ids, topics and references."""
    parts = sorted(
        json.dumps([str(sample["id"]), sample.get("topic"), sample.get("references") or sample.get("reference") or []])
        for sample in samples
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def read_kept(file: Path) -> KeptScores:
    """Reads ``scores.json``.

    Args:
        file: its path.

    Returns:
        The scores.

    Raises:
        InputError: naming the field that is wrong.
    """
    found = read_json(file, field="task.runs")
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"must be an object of format {FORMAT}", file=file)
    ids, figures, experiences = found.get("ids"), found.get("figures"), found.get("experiences")
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids) or len(set(ids)) != len(ids):
        raise InputError("must be a list of different texts", file=file, field="ids")
    texts = found.get("texts")
    if not isinstance(texts, list) or len(texts) != len(ids) or not all(type(count) is int for count in texts):
        raise InputError("must be as many whole numbers as there are ids", file=file, field="texts")
    if not isinstance(figures, dict) or not isinstance(experiences, str):
        raise InputError("must be an object and a text", file=file, field="figures, experiences")
    scores = {name: _of_plain(kept, len(ids), file, name) for name, kept in figures.items()}
    return KeptScores(experiences, tuple(ids), tuple(texts), scores)


def _as_plain(score: Score) -> dict[str, Any] | None:
    """A score as plain data; None for a formula that no file can name, and for a figure that no experience has."""
    name = name_of(score.formula)
    if name is None or math.isnan(score.figure):
        return None
    if score.formula is quotient and bool(np.isin(score.table[:, 1], (0, 1)).all()):
        return {"values": [None if math.isnan(value) else value for value in score.values.tolist()]}
    whole = bool((score.table == np.floor(score.table)).all())
    return {"formula": name, "table": (score.table.astype(int) if whole else score.table).tolist()}


def _of_plain(kept: Any, count: int, file: Path, name: str) -> Score:
    try:
        if "values" in kept:
            values = np.array([math.nan if value is None else value for value in kept["values"]], dtype=np.float64)
            there = ~np.isnan(values)
            score = Score(np.stack([np.where(there, values, 0.0), there], axis=1), quotient)
        else:
            score = Score(np.array(kept["table"], dtype=np.float64), FORMULAS[kept["formula"]])
        right = score.table.ndim == 2 and len(score.table) == count and bool((np.abs(score.table) <= LARGEST).all())
        score.figure  # noqa: B018 - a table of a wrong width is found here
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, ZeroDivisionError):
        right = False
    if not right:
        raise InputError(f"is no figure of {count} experiences", file=file, field=name)
    return score
