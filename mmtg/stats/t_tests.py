"""Student's t in three forms, of which one is the paper's."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

ROUNDING = 1e-12
"""Values that differ by less than this share of themselves do not differ."""


@dataclass(frozen=True)
class TTest:
    """A two-sided t-test.

    Attributes:
        t: the statistic.
        df: degrees of freedom.
        p: p-value.
        low: lower end of the interval of the difference of means, first less second.
        high: its upper end.
    """

    t: float
    df: float
    p: float
    low: float
    high: float


def paper_t_test(first: np.ndarray, second: np.ndarray, *, confidence: float) -> TTest | None:
    """The test of the MMTG paper: two independent samples with one pooled variance (MMTG reference, section 9.1).

    Kept to compare with its p-values, and not recommended: it takes texts for the same experience as independent,
    and throws away that both systems wrote for the same experiences.

    Args:
        first: [A] values, for BLEU one per text.
        second: [B] values.
        confidence: of the interval.

    Returns:
        The test; None where it is undefined (see :func:`welch_t_test`).
    """
    if min(len(first), len(second)) < 2 or not (_varies(first) or _varies(second)):
        return None
    df = len(first) + len(second) - 2
    pooled = (_squares(first) + _squares(second)) / df
    error = np.sqrt(pooled * (1 / len(first) + 1 / len(second)))
    return _test(first.mean() - second.mean(), error, df, confidence)


def welch_t_test(first: np.ndarray, second: np.ndarray, *, confidence: float) -> TTest | None:
    """Two independent samples, each with its own variance (Welch 1947).

    Args:
        first: [A] values.
        second: [B] values.
        confidence: of the interval.

    Returns:
        The test; None where it is undefined: fewer than two values on a side, or none that differ.
    """
    if min(len(first), len(second)) < 2 or not (_varies(first) or _varies(second)):
        return None
    freedoms = np.array([len(first) - 1, len(second) - 1])
    errors = np.array([_squares(first), _squares(second)]) / freedoms / (freedoms + 1)
    df = errors.sum() ** 2 / (errors**2 / freedoms).sum()
    return _test(first.mean() - second.mean(), np.sqrt(errors.sum()), df, confidence)


def paired_t_test(first: np.ndarray, second: np.ndarray, *, confidence: float) -> TTest | None:
    """Two samples whose values belong together pair by pair.

    Args:
        first: [N] values.
        second: [N] values.
        confidence: of the interval.

    Returns:
        The test; None where it is undefined: fewer than two pairs, or all with the same difference.
    """
    differences = first - second
    if len(differences) < 2 or not _varies(differences, of=max(np.abs(first).max(), np.abs(second).max())):
        return None
    df = len(differences) - 1
    return _test(differences.mean(), np.sqrt(_squares(differences) / df / (df + 1)), df, confidence)


def _varies(values: np.ndarray, *, of: float | None = None) -> bool:
    """Whether values differ by more than rounding of numbers of the size ``of``, by default their own."""
    return bool(np.ptp(values) > ROUNDING * (np.abs(values).max() if of is None else of))


def _squares(values: np.ndarray) -> float:
    """Sum of squared deviations from the mean."""
    return float(((values - values.mean()) ** 2).sum())


def _test(difference: float, error: float, df: float, confidence: float) -> TTest:
    """The test of a difference with a standard error."""
    t, half = difference / error, float(stdtrit(df, (1 + confidence) / 2)) * error
    return TTest(float(t), float(df), float(2 * stdtr(df, -abs(t))), float(difference - half), float(difference + half))
