"""The bootstrap: how far a figure would move if other experiences had been drawn.

Letters of shapes: N units (references or experiences), M figures, R resamples.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmtg.errors import InputError
from mmtg.stats.score import Score, sums_of

Figure = Callable[[np.ndarray], np.ndarray]
"""A figure as a function of how often each unit counts: [r, N] to [r], NaN where it is undefined."""

CELLS = 4_000_000
"""Numbers held at once while resampling; bounds the memory, changes no result."""

FEWEST = 100
"""With fewer resamples the ends of an interval are those of single draws."""


@dataclass(frozen=True)
class Resampling:
    """How tests and intervals draw.

    Attributes:
        resamples: R, at least ``FEWEST``.
        seed: of all draws; the same seed gives the same figures.
        confidence: share of the resamples that an interval covers, between 0 and 1.
    """

    resamples: int
    seed: int
    confidence: float

    def __post_init__(self) -> None:
        if self.resamples < FEWEST:
            raise InputError(f"must be at least {FEWEST}, not {self.resamples}", field="resamples")
        if self.seed < 0:
            raise InputError(f"must not be negative, is {self.seed}", field="seed")
        if not 0 < self.confidence < 1:
            raise InputError(f"must lie between 0 and 1, not {self.confidence}", field="confidence")


@dataclass(frozen=True)
class Estimate:
    """A figure and how sure it is.

    Attributes:
        mean: the figure.
        std: standard deviation of the figure of each unit alone (N - 1 in the divisor; 0 for one unit); for a figure
            that a unit alone does not have, as a correlation, the standard deviation over resamples.
        low: lower end of the percentile interval.
        high: upper end of the percentile interval.
        n: number of units.
    """

    mean: float
    std: float
    low: float
    high: float
    n: int


def resampled_counts(n: int, resampling: Resampling) -> Iterator[np.ndarray]:
    """Yields [r, N] float64 chunks, R rows in all: how often each of ``n`` units is drawn in each resample."""
    generator = np.random.default_rng(resampling.seed)
    for rows in chunks(resampling.resamples, n):
        drawn = generator.integers(0, n, size=(rows, n))
        places = drawn + n * np.arange(rows)[:, None]
        yield np.bincount(places.ravel(), minlength=rows * n).reshape(rows, n).astype(float)


def chunks(rows: int, width: int) -> Iterator[int]:
    """Yields numbers of rows that add up to ``rows``, such that a chunk of ``width`` columns fits ``CELLS``."""
    at_once = max(1, CELLS // max(1, width))
    for first in range(0, rows, at_once):
        yield min(at_once, rows - first)


def resampled(figures: Sequence[Figure], n: int, resampling: Resampling) -> np.ndarray:
    """Figures of resamples; all see the same draws, and so do all calls with one ``resampling`` and ``n``.

    Args:
        figures: [M] functions of counts.
        n: number of units.
        resampling: how to draw.

    Returns:
        [R, M].
    """
    drawn = [np.stack([of(counts) for of in figures], axis=1) for counts in resampled_counts(n, resampling)]
    return np.concatenate(drawn)


def resampled_scores(scores: Sequence[Score], n: int, resampling: Resampling) -> np.ndarray:
    """The same of scores, computed together.

    Args:
        scores: [M].
        n: number of units.
        resampling: how to draw.

    Returns:
        [R, M].
    """
    tables = [score.table for score in scores]
    drawn = [
        np.stack([score.of_sums(sums) for score, sums in zip(scores, sums_of(counts, tables), strict=True)])
        for counts in resampled_counts(n, resampling)
    ]
    return np.concatenate(drawn, axis=1).T


def percentile_interval(replicates: np.ndarray, confidence: float) -> tuple[float, float]:
    """The middle ``confidence`` of resampled figures; resamples in which the figure is undefined are left out.

    Args:
        replicates: [R], at least one of them not NaN.
        confidence: between 0 and 1.

    Returns:
        Lower and upper end.
    """
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(replicates, [tail, 1 - tail])
    return float(low), float(high)


def estimate(value: float, replicates: np.ndarray, *, n: int, confidence: float) -> Estimate | None:
    """An estimate of a figure that a unit alone does not have, from its value in each resample.

    Args:
        value: of all units.
        replicates: [R]; NaN where the figure is undefined.
        n: number of units.
        confidence: of the interval.

    Returns:
        The estimate; None if the figure is undefined for all units, or in every resample.
    """
    if np.isnan(value) or np.isnan(replicates).all():
        return None
    return Estimate(float(value), float(np.nanstd(replicates)), *percentile_interval(replicates, confidence), n)


def estimate_scores(scores: Mapping[str, Score], resampling: Resampling) -> dict[str, Estimate]:
    """Figures with standard deviation over experiences and percentile bootstrap interval.

    Args:
        scores: figures of the same N experiences, by name.
        resampling: how to draw.

    Returns:
        Estimates by name, ``n`` counting the experiences that have a value; a figure that none has is absent.
    """
    known = {name: score for name, score in scores.items() if not np.isnan(score.figure)}
    if not known:
        return {}
    units = len(next(iter(known.values())).table)
    replicates = resampled_scores(list(known.values()), units, resampling)
    columns = zip(known.items(), replicates.T, strict=True)
    return {name: _of_score(score, column, resampling.confidence) for (name, score), column in columns}


def _of_score(score: Score, replicates: np.ndarray, confidence: float) -> Estimate:
    values = score.values[~np.isnan(score.values)]
    std = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Estimate(score.figure, std, *percentile_interval(replicates, confidence), len(values))
