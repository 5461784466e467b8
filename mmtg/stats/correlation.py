"""Rank correlation with bootstrap intervals.

Letters of shapes: N units, P pairs of numbers, R resamples, G groups of equal numbers.
"""

from collections.abc import Callable

import numpy as np

from mmtg.stats.resampling import CELLS, Estimate, Resampling, estimate, resampled

Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def spearman(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Spearman's rho of weighted pairs: the correlation of the ranks, equal numbers sharing their mean rank.

    Args:
        x: [P].
        y: [P].
        counts: [R, P], how often each pair occurs.

    Returns:
        [R], -1 to 1; NaN where all x or all y are equal.
    """
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    rank_x, rank_y = _ranks(x, counts) - middle, _ranks(y, counts) - middle
    products, squares_x, squares_y = ((counts * part).sum(axis=1) for part in (rank_x * rank_y, rank_x**2, rank_y**2))
    return _ratio(products, squares_x * squares_y)


def kendall(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of weighted pairs: concordant less discordant ones, corrected for ties.

    Args:
        x: [P].
        y: [P].
        counts: [R, P], how often each pair occurs.

    Returns:
        [R], -1 to 1; NaN where all x or all y are equal.
    """
    concordant, at_once = np.zeros(len(counts)), max(1, CELLS // max(1, len(x)))
    for first in range(0, len(x), at_once):
        rows = slice(first, first + at_once)
        signs = np.sign(x[rows, None] - x) * np.sign(y[rows, None] - y)
        concordant += ((counts @ signs.T) * counts[:, rows]).sum(axis=1)
    everything = counts.sum(axis=1) ** 2
    untied_x, untied_y = (everything - (_groups(values, counts)[0] ** 2).sum(axis=1) for values in (x, y))
    return _ratio(concordant, untied_x * untied_y)


def correlate(x: np.ndarray, y: np.ndarray, measure: Measure, resampling: Resampling) -> Estimate | None:
    """A rank correlation with the interval that other units would give.

    All pairs of a unit are drawn together: pairs of one experience are not independent.

    Args:
        x: [N, ...] numbers, a unit a row; NaN where there is none.
        y: of the same shape.
        measure: ``spearman`` or ``kendall``.
        resampling: how to draw.

    Returns:
        The estimate, ``n`` being the units that have a pair; None if it is undefined.
    """
    paired = ~(np.isnan(x) | np.isnan(y))
    units, unit_of = np.unique(np.nonzero(paired)[0], return_inverse=True)
    a, b = x[paired], y[paired]
    if len(a) < 2:
        return None
    value = measure(a, b, np.ones((1, len(a))))[0]
    (replicates,) = resampled([lambda counts: measure(a, b, counts[:, unit_of])], len(units), resampling).T
    return estimate(value, replicates, n=len(units), confidence=resampling.confidence)


def _groups(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often each distinct value occurs, [R, G] in rising order, and the group of each pair, [P]."""
    order = np.argsort(values, kind="stable")
    _, starts, group_of = np.unique(values[order], return_index=True, return_inverse=True)
    place = np.empty(len(values), int)
    place[order] = group_of
    return np.add.reduceat(counts[:, order], starts, axis=1), place


def _ranks(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean ranks from 1, [R, P]."""
    sizes, group_of = _groups(values, counts)
    return (np.cumsum(sizes, axis=1) - (sizes - 1) / 2)[:, group_of]


def _ratio(part: np.ndarray, square: np.ndarray) -> np.ndarray:
    """``part / sqrt(square)``; NaN where the square is 0."""
    return np.divide(part, np.sqrt(square), out=np.full(len(part), np.nan), where=square > 0)
