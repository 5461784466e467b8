"""Paired tests: against scipy and the t-test, uniform under the null, sharp where systems differ."""

import numpy as np
import pytest
from scipy import stats

from mmtg.stats import Resampling, paired_bootstrap, paired_permutation, paired_tests

R = Resampling(resamples=4000, seed=7, confidence=0.95)


def pair(shift, n=60, seed=0):
    generator = np.random.default_rng(seed)
    common = generator.normal(size=n)
    return common + shift + 0.3 * generator.normal(size=n), common + 0.3 * generator.normal(size=n)


@pytest.mark.parametrize("shift", [0.0, 0.08, 0.12])
def test_both_tests_agree_with_the_paired_t_test(shift):
    """On normal differences all three ask the same question."""
    first, second = pair(shift)
    found = paired_tests(first[:, None], second[:, None], Resampling(20000, 1, 0.95))
    theirs = stats.ttest_rel(first, second)
    assert found.p_permutation[0] == pytest.approx(theirs.pvalue, abs=0.015)
    assert found.p_bootstrap[0] == pytest.approx(theirs.pvalue, abs=0.02)
    assert found.difference[0] == pytest.approx((first - second).mean())
    assert found.low[0] == pytest.approx(theirs.confidence_interval().low, abs=0.01)
    assert found.high[0] == pytest.approx(theirs.confidence_interval().high, abs=0.01)
    assert found.n[0] == 60


def test_the_exact_permutation_test_is_that_of_scipy():
    first, second = pair(0.2, n=10)
    theirs = stats.permutation_test(
        (first, second), lambda a, b: (a - b).mean(), permutation_type="samples", n_resamples=np.inf
    )
    assert paired_permutation((first - second)[:, None], R)[0] == pytest.approx(theirs.pvalue, abs=1e-12)


def test_the_permutation_test_by_hand():
    """Of the 8 exchanges of 1, 2, 3 only all and none reach a sum of 6; of 1, -2, 3 six reach a sum of 2."""
    assert paired_permutation(np.array([[1.0, 1.0], [2.0, -2.0], [3.0, 3.0]]), R) == pytest.approx([2 / 8, 6 / 8])


def test_p_is_uniform_under_the_null():
    generator = np.random.default_rng(5)
    differences = generator.exponential(size=(40, 1500)) * generator.choice([-1, 1], size=(40, 1500))
    draws = Resampling(1000, 2, 0.95)
    p_permutation, p_bootstrap = paired_permutation(differences, draws), paired_bootstrap(differences, draws)
    assert stats.kstest(p_permutation, "uniform").pvalue > 0.01
    assert (p_permutation < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (p_bootstrap < 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_equal_systems_do_not_differ():
    same = np.random.default_rng(1).normal(size=(30, 1))
    found = paired_tests(same, same, R)
    assert found.p_permutation[0] == found.p_bootstrap[0] == 1
    assert found.low[0] == found.high[0] == found.difference[0] == 0


def test_no_p_is_zero():
    found = paired_tests(np.arange(40.0)[:, None] + 50, np.arange(40.0)[:, None] % 3, R)
    assert found.p_permutation[0] == found.p_bootstrap[0] == 1 / 4001


def test_an_exchange_of_systems_turns_signs_alone():
    first, second = (values[:, None] for values in pair(0.1))
    ours, theirs = paired_tests(first, second, R), paired_tests(second, first, R)
    assert ours.difference == pytest.approx(-theirs.difference)
    assert ours.low == pytest.approx(-theirs.high)
    assert ours.p_permutation == pytest.approx(theirs.p_permutation)
    assert ours.p_bootstrap == pytest.approx(theirs.p_bootstrap)


def test_columns_do_not_mix_and_missing_values_do_not_count():
    first, second = pair(0.1)
    holes = np.where(np.arange(60) % 3 == 0, np.nan, second)
    table = np.stack([first, first, first], axis=1), np.stack([second, holes, np.full(60, np.nan)], axis=1)
    found = paired_tests(*table, R)
    alone = paired_tests(first[:, None], second[:, None], R)
    assert found.p_permutation[0] == pytest.approx(alone.p_permutation[0])
    assert found.n.tolist() == [60, 40, 0]
    assert found.difference[1] == pytest.approx(np.nanmean(first - holes))
    assert np.isnan(found.p_permutation[2])
    assert np.isnan(found.p_bootstrap[2])


def test_rounding_makes_no_difference_extreme():
    """0.1 + 0.2 - 0.3 is not 0 in floating point, and yet no difference."""
    differences = np.array([[0.1], [0.2], [-0.3]])
    assert paired_permutation(differences, R)[0] == 1
    assert paired_bootstrap(differences, R)[0] == 1
