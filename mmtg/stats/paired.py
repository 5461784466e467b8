"""Whether two systems differ on the same experiences: paired bootstrap and paired permutation.

Both tests are two-sided and take the experience as the unit, so that the several texts for one experience, which are
not independent, count once. Letters of shapes: N experiences, M figures, R resamples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mmtg.errors import InputError
from mmtg.stats.resampling import Resampling, chunks, percentile_interval, resampled_scores
from mmtg.stats.score import Score, sums_of

TIE = 1e-9
"""Differences closer than this share of the figures are equal: the rest is rounding."""

Pair = tuple[Score, Score]


@dataclass(frozen=True)
class PairedTest:
    """How one figure of two systems differs.

    Attributes:
        difference: first less second, on the experiences for which both have a value.
        low: lower end of its percentile bootstrap interval.
        high: its upper end.
        p_bootstrap: share of resamples whose difference is as far from the observed one as that is from 0 (Efron and
            Tibshirani 1993, chapter 16), the observed one counted among them.
        p_permutation: share of the exchanges of the two systems' texts, experience by experience, that make the
            figures differ as much: all 2 ** N exchanges where they are no more than R, else R random ones and the
            one observed.
        n: number of experiences for which both have a value.
    """

    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_permutation: float
    n: int


def paired_tests(
    first: Mapping[str, Score], second: Mapping[str, Score], resampling: Resampling
) -> dict[str, PairedTest]:
    """Tests all figures that two systems share, exactly also where a figure is no mean over experiences.

    Args:
        first: scores of one system, by name.
        second: scores of the other on the same N experiences, in the same order.
        resampling: how to draw.

    Returns:
        Tests by name; a figure without an experience for which both have a value is absent.

    Raises:
        InputError: the systems have unequal numbers of experiences.
    """
    pairs = {name: _both(first[name], second[name], name) for name in first if name in second}
    known = {name: pair for name, pair in pairs.items() if _count(pair)}
    if not known:
        return {}
    bootstrap, permutation = _bootstrap(list(known.values()), resampling), _permute(list(known.values()), resampling)
    return {
        name: _test(pair, drawn, p_permutation, resampling.confidence)
        for (name, pair), drawn, p_permutation in zip(known.items(), bootstrap.T, permutation, strict=True)
    }


def _both(first: Score, second: Score, name: str) -> Pair:
    """The scores on the experiences for which both have a value; rows of zeros add nothing."""
    if len(first.table) != len(second.table):
        raise InputError(f"{len(first.table)} and {len(second.table)} experiences cannot be paired", field=name)
    there = ~(np.isnan(first.values) | np.isnan(second.values))[:, None]
    return Score(first.table * there, first.formula), Score(second.table * there, second.formula)


def _count(pair: Pair) -> int:
    return int((~np.isnan(pair[0].values)).sum())


def _test(pair: Pair, drawn: np.ndarray, p_permutation: float, confidence: float) -> PairedTest:
    difference = pair[0].figure - pair[1].figure
    low, high = percentile_interval(drawn, confidence)
    defined = drawn[~np.isnan(drawn)]
    as_far = int((np.abs(defined - difference) >= _border(pair)).sum())
    p_bootstrap = (1 + as_far) / (1 + len(defined))
    return PairedTest(difference, low, high, p_bootstrap, float(p_permutation), _count(pair))


def _border(pair: Pair) -> float:
    """From where on a difference is as large as the observed one."""
    a, b = (score.figure for score in pair)
    return abs(a - b) - TIE * (abs(a) + abs(b))


def _bootstrap(pairs: list[Pair], resampling: Resampling) -> np.ndarray:
    """Differences [R, M] of resamples, the same experiences drawn for both systems."""
    both = resampled_scores([score for pair in pairs for score in pair], len(pairs[0][0].table), resampling)
    return both[:, ::2] - both[:, 1::2]


def _permute(pairs: list[Pair], resampling: Resampling) -> np.ndarray:
    """P-values [M] of the permutation test."""
    units = len(pairs[0][0].table)
    exact, borders = 2**units <= resampling.resamples, [_border(pair) for pair in pairs]
    extreme = np.full(len(pairs), 0.0 if exact else 1.0)
    drawn = np.full(len(pairs), 0.0 if exact else 1.0)
    for exchanged in _all_exchanges(units) if exact else _random_exchanges(units, resampling):
        for place, differences in enumerate(_exchange(pairs, exchanged)):
            extreme[place] += (np.abs(differences) >= borders[place]).sum()
            drawn[place] += (~np.isnan(differences)).sum()
    return extreme / drawn


def _exchange(pairs: list[Pair], exchanged: np.ndarray) -> Iterator[np.ndarray]:
    """Differences [r] of each pair after exchanges [r, N]: where 1, the systems' texts for it change places."""
    all_moved = sums_of(exchanged, [second.table - first.table for first, second in pairs])
    for (first, second), moved in zip(pairs, all_moved, strict=True):  # moved [r, S]
        yield first.of_sums(first.total + moved) - second.of_sums(second.total - moved)


def _all_exchanges(n: int) -> Iterator[np.ndarray]:
    yield (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(float)


def _random_exchanges(n: int, resampling: Resampling) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(resampling.seed)
    for rows in chunks(resampling.resamples, n):
        yield generator.integers(0, 2, size=(rows, n)).astype(float)
