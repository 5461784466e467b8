"""Rank correlations against scipy, with ties and weights; intervals that cover."""

import numpy as np
import pytest
from scipy import stats

from mmtg.stats import Resampling, correlate, kendall, spearman

SCIPY = {spearman: stats.spearmanr, kendall: stats.kendalltau}
R = Resampling(resamples=500, seed=3, confidence=0.9)


def related(n, slope=1.0, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    return x, np.round(np.clip(slope * x + generator.normal(size=n) + 3, 1, 5))


@pytest.mark.parametrize("measure", SCIPY)
@pytest.mark.parametrize("levels", [1, 0])
def test_the_values_are_those_of_scipy(measure, levels):
    x, y = related(200)
    x = np.round(x, levels)
    assert measure(x, y, np.ones((1, 200)))[0] == pytest.approx(SCIPY[measure](x, y).statistic)


@pytest.mark.parametrize("measure", SCIPY)
def test_counts_are_repetitions(measure):
    x, y = related(40)
    counts = np.random.default_rng(1).integers(0, 4, size=(5, 40))
    expected = [SCIPY[measure](np.repeat(x, row), np.repeat(y, row)).statistic for row in counts]
    assert measure(x, y, counts.astype(float)) == pytest.approx(expected)


def test_blocks_of_pairs_add_up(monkeypatch):
    x, y = related(50)
    whole = kendall(x, y, np.ones((1, 50)))
    monkeypatch.setattr("mmtg.stats.correlation.CELLS", 350)
    assert kendall(x, y, np.ones((1, 50))) == pytest.approx(whole)


@pytest.mark.parametrize("measure", SCIPY)
def test_the_interval_covers(measure):
    """Of 150 samples from one distribution, about nine in ten intervals hold its correlation."""
    truth = measure(*related(3000, seed=99), np.ones((1, 3000)))[0]
    found = [correlate(*(v[:, None] for v in related(80, seed=s)), measure, R) for s in range(150)]
    held = sum(estimate.low <= truth <= estimate.high for estimate in found)
    assert 0.82 <= held / 150 <= 0.97


def test_pairs_of_a_unit_are_drawn_together():
    """Five copies of each pair are no new knowledge."""
    x, y = related(60)
    alone = correlate(x[:, None], y[:, None], spearman, R)
    copied = correlate(np.repeat(x[:, None], 5, axis=1), np.repeat(y[:, None], 5, axis=1), spearman, R)
    assert copied.mean == pytest.approx(alone.mean)
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=1e-6)
    assert copied.n == alone.n == 60


def test_missing_numbers_are_left_out():
    x, y = related(60)
    y[::3] = np.nan
    kept = ~np.isnan(y)
    found = correlate(x.reshape(12, 5), y.reshape(12, 5), kendall, R)
    assert found.mean == pytest.approx(stats.kendalltau(x[kept], y[kept]).statistic)
    assert found.n == 12


def test_where_nothing_varies_there_is_no_correlation():
    x, y = related(20)
    assert correlate(x[:, None], np.ones((20, 1)), spearman, R) is None
    assert correlate(x[:, None], np.full((20, 1), np.nan), kendall, R) is None
    assert correlate(x[:1, None], y[:1, None], kendall, R) is None
