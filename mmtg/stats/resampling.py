"""The bootstrap: how far a figure would move if other experiences had been drawn.

Letters of shapes: N units (references or experiences), M figures, R resamples.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from mmtg.errors import InputError

CELLS = 4_000_000
"""Numbers held at once while resampling; bounds the memory, changes no result."""


@dataclass(frozen=True)
class Resampling:
    """How tests and intervals draw.

    Attributes:
        resamples: R.
        seed: of all draws; the same seed gives the same figures.
        confidence: share of the resamples that an interval covers, between 0 and 1.
    """

    resamples: int
    seed: int
    confidence: float

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise InputError(f"must be at least 1, not {self.resamples}", field="resamples")
        if self.seed < 0:
            raise InputError(f"must not be negative, is {self.seed}", field="seed")
        if not 0 < self.confidence < 1:
            raise InputError(f"must lie between 0 and 1, not {self.confidence}", field="confidence")


@dataclass(frozen=True)
class Estimate:
    """A figure and how sure it is.

    Attributes:
        mean: the figure.
        std: standard deviation over units (N - 1 in the divisor; 0 for one unit); for a figure that is no mean over
            units, its standard deviation over resamples.
        low: lower end of the percentile interval.
        high: upper end of the percentile interval.
        n: number of units.
    """

    mean: float
    std: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float]:
        """The five numbers under the names that ``task=score`` writes."""
        return asdict(self)


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


def resampled_means(values: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Means of resamples; all figures see the same draws.

    Args:
        values: [N, M]; NaN where a unit has no value.
        resampling: how to draw.

    Returns:
        [R, M]; NaN where no drawn unit has a value.
    """
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    parts = []
    for counts in resampled_counts(len(values), resampling):
        with np.errstate(invalid="ignore"):
            parts.append((counts @ filled) / (counts @ there.astype(float)))
    return np.concatenate(parts)


def percentile_interval(replicates: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """The middle ``confidence`` of resampled figures; resamples in which a figure is undefined (NaN) are left out.

    Args:
        replicates: [R, ...], with at least one number in each column.
        confidence: between 0 and 1.

    Returns:
        Lower and upper ends, each [...].
    """
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(replicates, [tail, 1 - tail], axis=0)
    return low, high


def bootstrap_means(values: np.ndarray, resampling: Resampling) -> list[Estimate | None]:
    """Mean, standard deviation and percentile bootstrap interval of each column.

    Args:
        values: [N, M], one row per unit; NaN where a unit has no value.
        resampling: how to draw.

    Returns:
        [M]; None for a column without values. ``n`` counts the units that have one.
    """
    there = (~np.isnan(values)).sum(axis=0)
    known = np.flatnonzero(there)
    estimates: list[Estimate | None] = [None] * values.shape[1]
    if not known.size:
        return estimates
    low, high = percentile_interval(resampled_means(values[:, known], resampling), resampling.confidence)
    for place, column in enumerate(known):
        numbers = values[~np.isnan(values[:, column]), column]
        std = float(numbers.std(ddof=1)) if len(numbers) > 1 else 0.0
        mean = float(numbers.mean())
        estimates[column] = Estimate(mean, std, float(low[place]), float(high[place]), len(numbers))
    return estimates


def bootstrap_estimate(value: float, replicates: np.ndarray, n: int, confidence: float) -> Estimate | None:
    """An estimate of a figure that is no mean over units, from its value in each resample.

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
    low, high = percentile_interval(replicates, confidence)
    return Estimate(float(value), float(np.nanstd(replicates)), float(low), float(high), n)
