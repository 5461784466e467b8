"""Whether two systems differ on the same experiences: paired bootstrap and paired permutation.

Both tests are two-sided and take the experience as the unit, so that the several texts for one experience, which are
not independent, count once. Letters of shapes: N experiences, M figures, R resamples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mmtg.stats.resampling import Resampling, chunks, percentile_interval, resampled_means

TIE = 1e-12
"""Sums that differ by less than this share of all that was summed are equal: the rest is rounding."""


@dataclass(frozen=True)
class PairedTests:
    """How M figures of two systems differ; each [M], NaN where no experience has a value for both.

    Attributes:
        difference: mean over experiences, first less second.
        low: lower end of its percentile bootstrap interval.
        high: upper end.
        p_bootstrap: share of resamples whose difference is as far from the observed one as that is from 0.
        p_permutation: share of exchanges of the two systems, experience by experience, that differ as much.
        n: number of experiences with a value for both.
    """

    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_bootstrap: np.ndarray
    p_permutation: np.ndarray
    n: np.ndarray


def paired_tests(first: np.ndarray, second: np.ndarray, resampling: Resampling) -> PairedTests:
    """Tests M figures at once.

    Args:
        first: [N, M] values of one system, an experience a row; NaN where there is none.
        second: [N, M] values of the other on the same experiences.
        resampling: how to draw.

    Returns:
        The differences with intervals and p-values.
    """
    differences = first - second
    n = (~np.isnan(differences)).sum(axis=0)
    known = n > 0
    results = np.full((5, len(n)), np.nan)
    if known.any():
        results[:, known] = _tested(differences[:, known], resampling)
    mean, low, high, p_bootstrap, p_permutation = results
    return PairedTests(mean, low, high, p_bootstrap, p_permutation, n)


def _tested(differences: np.ndarray, resampling: Resampling) -> np.ndarray:
    """[5, M]: mean, ends of its interval, and both p-values."""
    replicates, mean = resampled_means(differences, resampling), np.nanmean(differences, axis=0)
    low, high = percentile_interval(replicates, resampling.confidence)
    return np.stack([mean, low, high, _bootstrap_p(replicates, mean), paired_permutation(differences, resampling)])


def paired_bootstrap(differences: np.ndarray, resampling: Resampling) -> np.ndarray:
    """P-values of the paired bootstrap, centred on no difference (Efron and Tibshirani 1993, chapter 16).

    Args:
        differences: [N, M], first system less second; NaN where there is none, but not in a whole column.
        resampling: how to draw.

    Returns:
        [M], each at least 1 / (R + 1): the observed difference counts as one of the draws.
    """
    return _bootstrap_p(resampled_means(differences, resampling), np.nanmean(differences, axis=0))


def _bootstrap_p(replicates: np.ndarray, observed: np.ndarray) -> np.ndarray:
    as_far = np.abs(replicates - observed) >= np.abs(observed) - TIE * np.abs(replicates).max(axis=0, initial=0)
    defined = ~np.isnan(replicates)
    return (1 + (as_far & defined).sum(axis=0)) / (1 + defined.sum(axis=0))


def paired_permutation(differences: np.ndarray, resampling: Resampling) -> np.ndarray:
    """P-values of the sign-flip test: under the null, either system could have written either text.

    All 2 ** N exchanges are made where they are no more than R; else R random ones, and the one observed.

    Args:
        differences: [N, M], first system less second; NaN where there is none.
        resampling: how to draw.

    Returns:
        [M].
    """
    filled = np.nan_to_num(differences)
    border = np.abs(filled.sum(axis=0)) - TIE * np.abs(filled).sum(axis=0)
    exact = len(filled) < 63 and 2 ** len(filled) <= resampling.resamples
    signs = _all_signs(len(filled)) if exact else _random_signs(len(filled), resampling)
    extreme, drawn = np.zeros(filled.shape[1]), 0
    for flips in signs:
        extreme += (np.abs(flips @ filled) >= border).sum(axis=0)
        drawn += len(flips)
    return extreme / drawn if exact else (1 + extreme) / (1 + drawn)


def _all_signs(n: int) -> Iterator[np.ndarray]:
    yield 1.0 - 2.0 * (np.arange(2**n)[:, None] >> np.arange(n) & 1)


def _random_signs(n: int, resampling: Resampling) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(resampling.seed)
    for rows in chunks(resampling.resamples, n):
        yield 1.0 - 2.0 * generator.integers(0, 2, size=(rows, n))
