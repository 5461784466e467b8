"""Bootstrap intervals: coverage, agreement with scipy, missing values, seeds."""

from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from mmtg.errors import InputError
from mmtg.metrics.registry import Score
from mmtg.stats import Resampling, estimate_scores
from mmtg.stats.resampling import chunks, estimate, resampled, resampled_counts
from tests.stats.scores import mean_score

R = Resampling(resamples=2000, seed=7, confidence=0.95)


def means(values, resampling=R):
    """Estimates of the means of columns."""
    found = estimate_scores({str(i): mean_score(column) for i, column in enumerate(values.T)}, resampling)
    return [found.get(str(i)) for i in range(values.shape[1])]


def test_the_interval_is_that_of_scipy():
    values = np.random.default_rng(0).gamma(2, size=80)
    found = means(values[:, None], Resampling(20000, 1, 0.95))[0]
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20000, confidence_level=0.95, method="percentile", rng=2
    ).confidence_interval
    assert found.mean == pytest.approx(values.mean())
    assert found.std == pytest.approx(values.std(ddof=1))
    assert found.low == pytest.approx(theirs.low, abs=0.01)
    assert found.high == pytest.approx(theirs.high, abs=0.01)
    assert found.n == 80


def test_coverage_is_close_to_the_confidence():
    """Of 400 samples of 50 from a known distribution, about 9 in 10 intervals hold the true mean."""
    samples = np.random.default_rng(1).normal(3, 2, size=(50, 400))
    found = means(samples, Resampling(800, 3, 0.9))
    held = sum(estimate.low <= 3 <= estimate.high for estimate in found)
    assert 0.85 < held / 400 < 0.93


def test_more_confidence_is_a_wider_interval_around_the_mean():
    values = np.random.default_rng(2).normal(size=(40, 1))
    wide, narrow = (means(values, Resampling(2000, 1, c))[0] for c in (0.99, 0.8))
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_same_seed_same_interval_other_seed_another():
    values = np.random.default_rng(2).normal(size=(40, 1))
    assert means(values) == means(values)
    assert means(values) != means(values, Resampling(2000, 8, 0.95))


def test_missing_values_do_not_count():
    numbers = np.random.default_rng(3).normal(size=30)
    values = np.full((40, 2), np.nan)
    values[::2, 0] = numbers[:20]
    first, second = means(values)
    assert second is None
    assert first.n == 20
    assert first.mean == pytest.approx(numbers[:20].mean())
    assert first.low < first.mean < first.high


def test_one_unit_has_no_spread():
    (found,) = means(np.array([[0.3]]))
    assert asdict(found) == {"mean": 0.3, "std": 0.0, "low": 0.3, "high": 0.3, "n": 1}


def test_chunks_do_not_change_the_draws(monkeypatch):
    whole = np.concatenate(list(resampled_counts(30, R)))
    monkeypatch.setattr("mmtg.stats.resampling.CELLS", 100)
    pieces = list(resampled_counts(30, R))
    assert len(pieces) > 1
    assert (np.concatenate(pieces) == whole).all()
    assert (whole.sum(axis=1) == 30).all()
    assert whole.shape == (2000, 30)
    assert sum(chunks(7, 60)) == 7


def test_means_of_resamples_are_means_of_the_drawn():
    values = np.random.default_rng(4).normal(size=(6, 2))
    counts = np.concatenate(list(resampled_counts(6, R)))
    by_hand = np.repeat(values, counts[11].astype(int), axis=0).mean(axis=0)
    found = resampled([mean_score(column).of for column in values.T], 6, R)
    assert found.shape == (2000, 2)
    assert found[11] == pytest.approx(by_hand)


def test_a_figure_that_is_no_mean():
    """A quotient of sums over all units, as corpus BLEU is: the figure is not the mean of the units' own."""
    table = np.array([[1.0, 1.0], [1.0, 9.0], [4.0, 8.0]])
    (found,) = estimate_scores({"quotient": Score(table, lambda sums: sums[0] / sums[1])}, R).values()
    assert found.mean == pytest.approx(6 / 18)
    assert found.std == pytest.approx(np.std([1, 1 / 9, 0.5], ddof=1))
    assert found.low < found.mean < found.high
    assert found.n == 3


def test_a_figure_undefined_everywhere_is_absent():
    assert estimate(0.5, np.full(3, np.nan), n=4, confidence=0.9) is None
    assert estimate(float("nan"), np.zeros(3), n=4, confidence=0.9) is None
    assert estimate(0.5, np.array([0.4, np.nan, 0.6]), n=4, confidence=0.9).std == pytest.approx(0.1)
    assert estimate_scores({"bleu_2": mean_score(np.full(3, np.nan))}, R) == {}


@pytest.mark.parametrize(("numbers", "field"), [
    ((99, 1, 0.9), "resamples"), ((100, -1, 0.9), "seed"), ((100, 1, 95), "confidence"), ((100, 1, 0.0), "confidence"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused(numbers, field):
    with pytest.raises(InputError, match=field):
        Resampling(*numbers)
