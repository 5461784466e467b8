"""Student's t in three forms, of which one is the paper's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats


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
    if not _enough(first, second):
        return None
    return _test(stats.ttest_ind(first, second, equal_var=True), confidence)


def welch_t_test(first: np.ndarray, second: np.ndarray, *, confidence: float) -> TTest | None:
    """Two independent samples, each with its own variance (Welch 1947).

    Args:
        first: [A] values.
        second: [B] values.
        confidence: of the interval.

    Returns:
        The test; None where it is undefined: fewer than two values on a side, or none that differ.
    """
    if not _enough(first, second):
        return None
    return _test(stats.ttest_ind(first, second, equal_var=False), confidence)


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
    if len(differences) < 2 or np.ptp(differences) == 0:
        return None
    return _test(stats.ttest_rel(first, second), confidence)


def _enough(first: np.ndarray, second: np.ndarray) -> bool:
    return min(len(first), len(second)) > 1 and bool(np.ptp(first) or np.ptp(second))


def _test(result: Any, confidence: float) -> TTest:
    low, high = result.confidence_interval(confidence)
    return TTest(float(result.statistic), float(result.df), float(result.pvalue), float(low), float(high))
