"""Attention and raters' scores in the records of ``samples.jsonl``, as arrays.

Letters of shapes: N experiences, T steps, K raters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.data.experience import SCORE_RANGES
from mmtg.errors import InputError
from mmtg.scoring.outputs import Outputs
from mmtg.stats import Estimate, Resampling, attention_against_people, rater_agreement
from mmtg.stats.attention import Rows, mean_over_raters, padded


def people_figures(outputs: Outputs, resampling: Resampling) -> dict[str, Estimate]:
    """Beta attention against raters, and the raters against each other.

    Args:
        outputs: whose records have ``scores``: for each of T steps ``img_rel``, ``r_rel`` and ``cmp_rel``, each a list
            of K; and perhaps ``attention``: for each step the weights of topic, picture and text, or null.
        resampling: how to draw.

    Returns:
        The figures of :func:`attention_against_people` and :func:`rater_agreement`; none without scores.

    Raises:
        InputError: scores or attention are not as said, naming the record.
    """
    people = people_of(outputs)
    if people is None:
        return {}
    return {
        **attention_against_people(people.attention, people.scores, resampling),
        **rater_agreement(people.scores, resampling),
    }


@dataclass(frozen=True)
class People:
    """Attention and raters' scores of the experiences that have scores.

    Attributes:
        ids: [N] of the experiences.
        attention: [N, T, 3] weights of topic, picture and text; NaN where a step has none.
        scores: ``img_rel``, ``r_rel`` and ``cmp_rel``, each [N, T, K]; NaN where there is none.
    """

    ids: tuple[str, ...]
    attention: np.ndarray
    scores: Mapping[str, np.ndarray]

    def mean_score(self, name: str) -> np.ndarray:
        """[N, T]: the mean over raters of one kind of score; NaN where no rater gave one."""
        return mean_over_raters(self.scores[name])


def people_of(outputs: Outputs) -> People | None:
    """Attention and raters' scores of a system's records, as arrays.

    Args:
        outputs: as for :func:`people_figures`.

    Returns:
        The arrays; None without scores.

    Raises:
        InputError: scores or attention are not as said, naming the record.
    """
    rated = [record for record in outputs.records if record.get("scores") not in (None, [])]
    if not rated:
        return None
    fields = [_Fields(record, outputs.file) for record in rated]
    scores = {name: padded([of.scores(name) for of in fields]) for name in SCORE_RANGES}
    return People(tuple(record["id"] for record in rated), padded([of.attention() for of in fields]), scores)


class _Fields:
    """A record's scores and attention, checked."""

    def __init__(self, record: Mapping[str, Any], file: Path) -> None:
        self.record, self.file = record, file

    def scores(self, name: str) -> Rows:
        """[T][K] ratings of one kind."""
        field, (lowest, highest) = f"scores.{name}", SCORE_RANGES[name]
        steps = self._list(self.record["scores"], "scores", "steps")
        given = [step.get(name) if isinstance(step, dict) else None for step in steps]
        ratings = [self._numbers(of_step, field) for of_step in given]
        for rating in (rating for of_step in ratings for rating in of_step):
            right = np.isnan(rating) or rating in range(lowest, highest + 1)
            self._that(right, field, f"must be whole numbers from {lowest} to {highest}")
        return ratings

    def attention(self) -> Rows:
        """[T][3] weights, as many rows as there are scores."""
        steps = len(self.record["scores"])
        given = self._list(self.record.get("attention") or [None] * steps, "attention", "steps")
        self._that(len(given) == steps, "attention", f"has {len(given)} steps, scores have {steps}")
        weights = [[np.nan] * 3 if row is None else self._numbers(row, "attention") for row in given]
        self._that(all(len(row) == 3 for row in weights), "attention", "must have three weights per step")
        return weights

    def _numbers(self, given: object, field: str) -> list[float]:
        numbers = self._list(given, field, "numbers")
        right = all(number is None or isinstance(number, int | float) for number in numbers)
        self._that(right, field, "must be lists of numbers")
        return [np.nan if number is None else float(number) for number in numbers]

    def _list(self, given: object, field: str, of: str) -> list[Any]:
        self._that(isinstance(given, list), field, f"must be a list of {of}")
        return given  # type: ignore[return-value]

    def _that(self, right: bool, field: str, what: str) -> None:
        if not right:
            raise InputError(what, file=self.file, record=f"id {self.record['id']}", field=field)
