"""Test experiences over all runs: which are shown, and what each run wrote for them.

Samples are a stranger's: what is not as it should be is left out, and nothing is believed to be text or a number that
is not.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmtg.data.experience import SCORE_RANGES
from mmtg.errors import InputError
from mmtg.report.reading import is_number
from mmtg.report.runs import RunRecord

Key = tuple[str, str, tuple[str, ...]]
"""Of an experience: id, topic, reference; one id with other lines is another experience."""

MODALITIES = 3


@dataclass(frozen=True)
class Written:
    """What a run wrote for an experience.

    Attributes:
        texts: lines of each text.
        attention: for each step the weights of topic, picture and text, or None; None where the run has none.
        keywords: that the system found, if it says so.
    """

    texts: Sequence[Sequence[str]]
    attention: Sequence[Sequence[float] | None] | None
    keywords: Sequence[str]


@dataclass
class Shared:
    """An experience and all that was written for it.

    Attributes:
        key: id, topic and reference.
        plan: names of concepts of each step; None where it is not known.
        scores: raters' scores of each step; None where there are none.
        written: by the number of the run.
    """

    key: Key
    plan: list[list[str]] | None = None
    scores: list[dict[str, list[float]]] | None = None
    written: dict[int, Written] = field(default_factory=dict)


def gather(runs: Sequence[RunRecord], samples: int) -> tuple[list[Shared], list[str]]:
    """Brings the samples of runs together.

    Args:
        runs: in the order of their numbers.
        samples: texts of a run for one experience, at most.

    Returns:
        Experiences in the order in which the page shows them, and why samples of runs are left out.
    """
    found: dict[Key, Shared] = {}
    faults: list[str] = []
    for number, run in enumerate(runs):
        try:
            records = run.samples()
        except InputError as error:
            faults.append(str(error))
            continue
        for record in records:
            _add(found, number, record, samples)
    return _in_turn(found.values()), faults


def _add(found: dict[Key, Shared], number: int, record: Mapping[str, Any], samples: int) -> None:
    key = (record["id"], record["topic"], tuple(record["reference"]))
    shared = found.setdefault(key, Shared(key))
    shared.plan = shared.plan or plan_of(record)
    shared.scores = shared.scores or scores_of(record)
    texts = [list(text) for text in record["hypotheses"][:samples]]
    shared.written[number] = Written(texts, attention_of(record), _texts(record.get("keywords")))


def _in_turn(experiences: Iterable[Shared]) -> list[Shared]:
    """Experiences of the same runs are a group; each comes the more often, and the earlier, the more runs it has.

    As often as the root of their number says: so none of many runs hides those of one that was tested on other data.
    """
    groups: dict[tuple[int, ...], int] = defaultdict(int)
    turns = []
    for experience in experiences:
        runs = tuple(experience.written)
        groups[runs] += 1
        turns.append((groups[runs] / math.sqrt(len(runs)), experience))
    return [experience for _, experience in sorted(turns, key=lambda turn: turn[0])]


def plan_of(record: Mapping[str, Any]) -> list[list[str]] | None:
    """Planned concepts of each step; None where they are missing or no such lists."""
    given = record.get("plan")
    if not isinstance(given, list) or not all(isinstance(step, list) for step in given):
        return None
    return [_texts(step) for step in given] or None


def scores_of(record: Mapping[str, Any]) -> list[dict[str, list[float]]] | None:
    """Raters' scores of each step; None where they are missing or not as the schema says."""
    given = record.get("scores")
    if not isinstance(given, list) or not all(isinstance(step, dict) for step in given):
        return None
    return [
        {name: _in_range(step.get(name), *bounds) for name, bounds in SCORE_RANGES.items()} for step in given
    ] or None


def attention_of(record: Mapping[str, Any]) -> list[list[float] | None] | None:
    """Weights of topic, picture and text of each step; None where they are missing or no such lists."""
    given = record.get("attention")
    if not isinstance(given, list):
        return None
    rows = [_weights(row) for row in given]
    return rows if any(row is not None for row in rows) else None


def _weights(row: Any) -> list[float] | None:
    if not isinstance(row, list) or len(row) != MODALITIES or not all(map(is_number, row)):
        return None
    return [round(float(weight), 3) for weight in row]


def _in_range(given: Any, low: int, high: int) -> list[float]:
    return [v for v in given if is_number(v) and low <= v <= high] if isinstance(given, list) else []


def _texts(given: Any) -> list[str]:
    return [value for value in given if isinstance(value, str)] if isinstance(given, list) else []
