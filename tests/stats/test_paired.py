"""Paired tests: against scipy and the t-test, uniform under the null, sharp where systems differ."""

import itertools

import numpy as np
import pytest
from scipy import stats

from mmtg.errors import InputError
from mmtg.metrics.registry import Score
from mmtg.stats import Resampling, paired_tests
from tests.stats.scores import mean_score

R = Resampling(resamples=4000, seed=7, confidence=0.95)


def pair(shift, n=60, seed=0):
    generator = np.random.default_rng(seed)
    common = generator.normal(size=n)
    return common + shift + 0.3 * generator.normal(size=n), common + 0.3 * generator.normal(size=n)


def compare(first, second, resampling=R):
    """One test of the means of numbers, experience by experience."""
    first, second = (mean_score(np.asarray(values, float)) for values in (first, second))
    return paired_tests({"figure": first}, {"figure": second}, resampling)["figure"]


@pytest.mark.parametrize("shift", [0.0, 0.08, 0.12])
def test_both_tests_agree_with_the_paired_t_test(shift):
    """On normal differences all three ask the same question."""
    first, second = pair(shift)
    found = compare(first, second, Resampling(20000, 1, 0.95))
    theirs = stats.ttest_rel(first, second)
    assert found.p_permutation == pytest.approx(theirs.pvalue, abs=0.015)
    assert found.p_bootstrap == pytest.approx(theirs.pvalue, abs=0.02)
    assert found.difference == pytest.approx((first - second).mean())
    assert found.low == pytest.approx(theirs.confidence_interval().low, abs=0.01)
    assert found.high == pytest.approx(theirs.confidence_interval().high, abs=0.01)
    assert found.n == 60


def test_the_exact_permutation_test_is_that_of_scipy():
    first, second = pair(0.2, n=10)
    theirs = stats.permutation_test(
        (first, second), lambda a, b: (a - b).mean(), permutation_type="samples", n_resamples=np.inf
    )
    assert compare(first, second).p_permutation == pytest.approx(theirs.pvalue, abs=1e-12)


def test_the_permutation_test_by_hand():
    """Of the 8 exchanges of 1, 2, 3 only all and none reach a sum of 6; of 1, -2, 3 six reach a sum of 2."""
    assert compare([1, 2, 3], [0, 0, 0]).p_permutation == pytest.approx(2 / 8)
    assert compare([1, 0, 3], [0, 2, 0]).p_permutation == pytest.approx(6 / 8)


def test_p_is_uniform_under_the_null():
    generator = np.random.default_rng(5)
    differences = generator.exponential(size=(40, 400)) * generator.choice([-1, 1], size=(40, 400))
    systems = ({str(i): mean_score(side) for i, side in enumerate(part.T)} for part in (differences, 0 * differences))
    found = paired_tests(*systems, Resampling(500, 2, 0.95)).values()
    p_permutation, p_bootstrap = (np.array([getattr(t, f"p_{n}") for t in found]) for n in ("permutation", "bootstrap"))
    assert stats.kstest(p_permutation, "uniform").pvalue > 0.01
    assert (p_permutation < 0.05).mean() == pytest.approx(0.05, abs=0.03)
    assert (p_bootstrap < 0.05).mean() == pytest.approx(0.05, abs=0.04)


def test_equal_systems_do_not_differ():
    same = np.random.default_rng(1).normal(size=30)
    found = compare(same, same)
    assert found.p_permutation == found.p_bootstrap == 1
    assert found.low == found.high == found.difference == 0


def test_no_p_is_zero():
    found = compare(np.arange(40) + 50, np.arange(40) % 3)
    assert found.p_permutation == found.p_bootstrap == 1 / 4001


def test_an_exchange_of_systems_turns_signs_alone():
    first, second = pair(0.1)
    ours, theirs = compare(first, second), compare(second, first)
    assert ours.difference == pytest.approx(-theirs.difference)
    assert ours.low == pytest.approx(-theirs.high)
    assert ours.p_permutation == pytest.approx(theirs.p_permutation)
    assert ours.p_bootstrap == pytest.approx(theirs.p_bootstrap)


def test_experiences_without_a_value_for_both_do_not_count():
    first, second = pair(0.1)
    kept = np.arange(60) % 3 != 0
    found, alone = compare(first, np.where(kept, second, np.nan)), compare(first[kept], second[kept])
    assert found.n == alone.n == 40
    assert found.difference == pytest.approx(alone.difference)
    assert found.p_permutation == pytest.approx(alone.p_permutation, abs=0.04)
    nothing = {"figure": mean_score(np.full(60, np.nan))}
    assert paired_tests({"figure": mean_score(first)}, nothing, R) == {}


def test_figures_do_not_mix_and_only_shared_ones_are_tested():
    first, second = pair(0.1)
    ours = {"a": mean_score(first), "b": mean_score(-first), "c": mean_score(first)}
    theirs = {"b": mean_score(-second), "a": mean_score(second)}
    found = paired_tests(ours, theirs, R)
    assert found == {"a": compare(first, second), "b": compare(-first, -second)}


def test_corpus_figures_are_tested_as_what_they_are():
    """A quotient of sums over all experiences, which is not the mean of their own; all 16 exchanges by hand."""
    ours, theirs = np.array([[8, 5], [7, 5], [9, 5], [5, 9]]), np.array([[5, 5], [5, 6], [4, 5], [7, 4]])

    def of(table):
        return Score(table.astype(float), lambda sums: sums[0] / sums[1])

    found = paired_tests({"f": of(ours)}, {"f": of(theirs)}, R)["f"]
    assert found.difference == pytest.approx(29 / 24 - 21 / 20)
    differences = []
    for exchange in itertools.product([False, True], repeat=4):
        chosen = np.array(exchange)[:, None]
        first, second = np.where(chosen, theirs, ours).sum(0), np.where(chosen, ours, theirs).sum(0)
        differences.append(abs(first[0] / first[1] - second[0] / second[1]))
    assert found.p_permutation == pytest.approx(np.mean(np.array(differences) >= abs(found.difference) - 1e-12))
    assert 0.1 < found.p_permutation < 1


def test_rounding_makes_no_difference_extreme():
    """0.1 + 0.2 - 0.3 is not 0 in floating point, and yet no difference."""
    found = compare([0.1, 0.2, 0], [0, 0, 0.3])
    assert found.p_permutation == 1
    assert found.p_bootstrap == 1


def test_systems_of_unequal_size_are_refused():
    with pytest.raises(InputError, match=r"bleu_2: 3 and 2 experiences"):
        paired_tests({"bleu_2": mean_score(np.ones(3))}, {"bleu_2": mean_score(np.ones(2))}, R)
