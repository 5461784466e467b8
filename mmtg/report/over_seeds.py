"""The scores of a row: those of its runs, one for each seed, as one.

Letters of shapes: N experiences, S numbers of a row, K seeds, B choices.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmtg.stats.score import Formula, Score, quotient


@dataclass(frozen=True)
class Average:
    """The mean over K seeds of a formula, whose sums stand side by side.

    Attributes:
        formula: of one seed.
        seeds: K.
    """

    formula: Formula
    seeds: int

    def __call__(self, totals: Sequence[float]) -> float:
        """Of sums [K * S]."""
        width = len(totals) // self.seeds
        return math.fsum(self.formula(totals[k * width : (k + 1) * width]) for k in range(self.seeds)) / self.seeds

    def rows(self, sums: np.ndarray) -> np.ndarray:
        """Of sums [B, K * S]."""
        nothing = np.zeros((0, 0))
        parts = [Score(nothing, self.formula).of_sums(part) for part in np.split(sums, self.seeds, axis=1)]
        return np.mean(parts, axis=0)


def average(scores: Sequence[Score]) -> Score:
    """The mean over seeds of a figure, exactly so for any choice of experiences.

    Args:
        scores: [K] of one figure and the same experiences, in the same order.

    Returns:
        Its score: of quotients by the same numbers the quotient of the means, else all of them side by side.
    """
    return _merged(scores) if _alike(scores) else _beside(scores, len(scores))


def averages(ours: Sequence[Score], theirs: Sequence[Score]) -> tuple[Score, Score]:
    """Two rows' means over seeds, made so alike that their experiences can be exchanged.

    Args:
        ours: [K] scores.
        theirs: [L] scores of the same figure and experiences.

    Returns:
        Both; a row of fewer seeds stands as often as fills up the other one.
    """
    if _alike(ours) and _alike(theirs):
        return _merged(ours), _merged(theirs)
    seeds = math.lcm(len(ours), len(theirs))
    return _beside(ours, seeds), _beside(theirs, seeds)


def _alike(scores: Sequence[Score]) -> bool:
    """Whether all are quotients by the same numbers."""
    below = scores[0].table[:, 1:]
    return all(score.formula is quotient and np.array_equal(score.table[:, 1:], below) for score in scores)


def _merged(scores: Sequence[Score]) -> Score:
    above = np.mean([score.table[:, 0] for score in scores], axis=0)
    return Score(np.stack([above, scores[0].table[:, 1]], axis=1), quotient)


def _beside(scores: Sequence[Score], seeds: int) -> Score:
    tables = [score.table for score in scores] * (seeds // len(scores))
    return Score(np.hstack(tables), Average(scores[0].formula, seeds))
