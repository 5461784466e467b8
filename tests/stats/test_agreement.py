"""Agreement of raters: Krippendorff's published example, closed forms, chance, intervals."""

from functools import partial

import numpy as np
import pytest

from mmtg.stats import Resampling, krippendorff_alpha, weighted_kappa
from mmtg.stats.agreement import agreement, alpha_of_table, coincidence_tables, kappa_of_table, pair_tables

LEVELS = range(1, 6)
NONE = float("nan")
PUBLISHED = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]).T  # fmt: skip
"""Four observers, twelve units: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C."""


@pytest.mark.parametrize(("distance", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example(distance, alpha):
    assert krippendorff_alpha(PUBLISHED, LEVELS, distance) == pytest.approx(alpha, abs=5e-4)


def raters(noise, n=300, seed=0):
    generator = np.random.default_rng(seed)
    truth = generator.integers(1, 6, size=n)
    return np.clip(truth[:, None] + generator.integers(-noise, noise + 1, size=(n, 2)), 1, 5).astype(float)


@pytest.mark.parametrize("noise", [0, 1, 3])
def test_kappa_is_the_concordance_of_moments(noise):
    """With quadratic weights, kappa is 2 cov / (var + var + squared difference of means)."""
    first, second = raters(noise).T
    moments = first.var() + second.var() + (first.mean() - second.mean()) ** 2
    expected = 2 * np.cov(first, second, bias=True)[0, 1] / moments
    assert weighted_kappa(first, second, LEVELS) == pytest.approx(expected)


def test_two_by_two_kappa_by_hand():
    """20 and 15 agreed, 5 and 10 not: observed 0.7, by chance 0.5."""
    first = np.repeat([0.0, 0.0, 1.0, 1.0], [20, 5, 10, 15])
    second = np.repeat([0.0, 1.0, 0.0, 1.0], [20, 5, 10, 15])
    assert weighted_kappa(first, second, [0, 1]) == pytest.approx(0.4)


def test_agreement_falls_from_one_to_chance():
    generator = np.random.default_rng(1)
    apart = generator.integers(1, 6, size=(20000, 2)).astype(float)
    for measure in (
        lambda ratings: weighted_kappa(*ratings.T, LEVELS),
        lambda ratings: krippendorff_alpha(ratings, LEVELS, "ordinal"),
    ):
        assert measure(raters(0)) == pytest.approx(1)
        assert 0.5 < measure(raters(1)) < 0.95
        assert measure(apart) == pytest.approx(0, abs=0.02)


def test_interval_alpha_and_kappa_differ_by_the_small_sample_term():
    """For two raters of one mean, interval alpha is kappa but for a term in 1 / n."""
    first, second = raters(1, n=5000).T
    both = np.concatenate([np.stack([first, second], 1), np.stack([second, first], 1)])
    kappa, alpha = weighted_kappa(*both.T, LEVELS), krippendorff_alpha(both, LEVELS, "interval")
    assert alpha == pytest.approx(kappa + (1 - kappa) / both.size, abs=1e-9)


def test_missing_ratings_do_not_count():
    ratings = raters(1)
    holes = ratings.copy()
    holes[::4, 1] = np.nan
    kept = np.arange(300) % 4 != 0
    assert weighted_kappa(*holes.T, LEVELS) == weighted_kappa(*ratings[kept].T, LEVELS)
    assert krippendorff_alpha(holes, LEVELS, "ordinal") == krippendorff_alpha(ratings[kept], LEVELS, "ordinal")


def test_nothing_to_disagree_on_is_undefined():
    assert np.isnan(krippendorff_alpha(np.full((4, 2), 3.0), LEVELS, "ordinal"))
    assert np.isnan(weighted_kappa(np.full(4, 3.0), np.full(4, 3.0), LEVELS))
    assert np.isnan(krippendorff_alpha(np.full((4, 2), np.nan), LEVELS, "interval"))


def test_the_interval_draws_units_whole():
    """Rows of one unit stand and fall together: the interval is that of the units, not of the rows."""
    ratings, draws = raters(1, n=60), Resampling(1000, 3, 0.95)
    alpha = partial(alpha_of_table, levels=LEVELS, distance="ordinal")
    tables = coincidence_tables(ratings, LEVELS)
    apart = agreement(tables, np.arange(60), alpha, draws)
    repeated = agreement(np.repeat(tables, 5, axis=0), np.repeat(np.arange(60), 5), alpha, draws)
    assert apart.mean == krippendorff_alpha(ratings, LEVELS, "ordinal")
    assert apart.low < apart.mean < apart.high
    assert repeated.high - repeated.low == pytest.approx(apart.high - apart.low, rel=0.05)
    assert apart.n == repeated.n == 60


def test_units_without_two_ratings_are_not_units():
    ratings = raters(1, n=30)
    ratings[:10, 0] = np.nan
    tables = pair_tables(*ratings.T, LEVELS)
    found = agreement(tables, np.arange(30), kappa_of_table, Resampling(100, 3, 0.95))
    assert found.n == 20
    assert agreement(np.zeros((3, 5, 5)), np.arange(3), kappa_of_table, Resampling(100, 3, 0.95)) is None
