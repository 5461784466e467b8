"""Two systems, each trained with several seeds: does one do better whatever the seed?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmtg.errors import InputError
from mmtg.stats.t_tests import paired_t_test, welch_t_test


@dataclass(frozen=True)
class SeedComparison:
    """A figure of two systems over seeds.

    Attributes:
        means: of the first and the second system.
        stds: their standard deviations over seeds (n - 1 in the divisor); None for one seed.
        seeds: numbers of seeds.
        difference: of the means, first less second.
        low: lower end of its interval; None where there is no test.
        high: upper end; None where there is no test.
        p: two-sided p-value; None where there is no test.
        test: ``paired t``, ``Welch t`` or ``none``.
        note: in words, how many seeds there are and how much they can show.
    """

    means: tuple[float, float]
    stds: tuple[float | None, float | None]
    seeds: tuple[int, int]
    difference: float
    low: float | None
    high: float | None
    p: float | None
    test: str
    note: str


def compare_seeds(
    first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray, *, paired: bool, confidence: float
) -> SeedComparison:
    """Compares a figure of two systems over seeds.

    Args:
        first: the figure of the first system, a number per seed.
        second: the figure of the second system.
        paired: whether place i of both was trained with the same seed; it must then be as many numbers.
        confidence: of the interval, between 0 and 1.

    Returns:
        Means, spread, test, and a note on how few seeds there are.

    Raises:
        InputError: a system has no seed, or ``paired`` systems have unequal numbers of seeds.
    """
    a, b = np.asarray(first, float), np.asarray(second, float)
    _check(len(a), len(b), paired)
    test = (paired_t_test if paired else welch_t_test)(a, b, confidence=confidence)
    return SeedComparison(
        means=(float(a.mean()), float(b.mean())),
        stds=(_std(a), _std(b)),
        seeds=(len(a), len(b)),
        difference=float(a.mean() - b.mean()),
        low=None if test is None else test.low,
        high=None if test is None else test.high,
        p=None if test is None else test.p,
        test="none" if test is None else "paired t" if paired else "Welch t",
        note=_note(len(a), len(b), None if test is None else (test.high - test.low) / 2, confidence),
    )


def _check(a: int, b: int, paired: bool) -> None:
    if not a or not b:
        raise InputError(f"a comparison over seeds needs a run of each system; there are {a} and {b}", field="seeds")
    if paired and a != b:
        raise InputError(f"{a} and {b} runs cannot be paired by seed", field="seeds")


def _std(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _note(a: int, b: int, half_width: float | None, confidence: float) -> str:
    """What so many seeds can show."""
    if min(a, b) < 2:
        return f"{a} and {b} seeds: one run tells nothing about the spread over seeds; no test"
    if half_width is None:
        return f"{a} and {b} seeds, all with the same difference: no test"
    return (
        f"{a} and {b} seeds: only a difference beyond {half_width:.2g} would show at {100 * confidence:g}% confidence"
    )
