"""Holm, effect sizes, t-tests and seeds, by hand, against scipy and against the authors' own p-values."""

import numpy as np
import pytest
from scipy import stats

from mmtg.errors import InputError
from mmtg.metrics.registry import per_item
from mmtg.stats import cliffs_delta, cohens_d, compare_seeds, holm, paired_t_test, paper_t_test, welch_t_test

BY_HAND = np.array([1.0, 2.0, 4.0, 5.0])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
    assert holm([]).size == 0


def test_holm_leaves_out_what_was_not_tested():
    corrected = holm([0.01, float("nan"), 0.02])
    assert corrected[[0, 2]] == pytest.approx([0.02, 0.02])
    assert np.isnan(corrected[1])


def test_holm_keeps_order_and_never_helps():
    given = np.random.default_rng(0).uniform(size=50) ** 3
    corrected = holm(given)
    order = np.argsort(given)
    assert (corrected >= given).all()
    assert (np.diff(corrected[order]) >= 0).all()
    assert (corrected <= np.minimum(50 * given, 1) + 1e-12).all()  # never worse than Bonferroni
    assert corrected[order[0]] == pytest.approx(min(1, 50 * given.min()))


def test_holm_holds_the_error_of_the_family():
    p_values = np.random.default_rng(1).uniform(size=(2000, 10))
    errors = np.mean([(holm(row) < 0.05).any() for row in p_values])
    assert errors == pytest.approx(0.05, abs=0.015)


def test_cohens_d():
    assert cohens_d(np.array([1.0, 2.0, 3.0])) == pytest.approx(2)
    sample = np.random.default_rng(2).normal(0.5, 1, size=40)
    assert cohens_d(sample) == pytest.approx(stats.ttest_1samp(sample, 0).statistic / 40**0.5)
    assert cohens_d(np.zeros(3)) == 0
    assert np.isnan(cohens_d(np.ones(3)))
    assert np.isnan(cohens_d(np.ones(1)))


def test_cliffs_delta():
    assert cliffs_delta(np.array([3, 4]), np.array([1, 2])) == 1
    assert cliffs_delta(np.array([1, 2]), np.array([1, 2])) == 0
    assert cliffs_delta(np.array([1, 3]), np.array([2, 3, 3])) == pytest.approx((1 - 3) / 6)
    a, b = np.random.default_rng(3).integers(0, 9, size=(2, 40))
    by_pairs = np.sign(a[:, None] - b).mean()
    assert cliffs_delta(a, b) == pytest.approx(by_pairs)
    u = stats.mannwhitneyu(a, b).statistic
    assert cliffs_delta(a, b) == pytest.approx(2 * u / 1600 - 1)


def test_the_paper_test_by_hand():
    """Means 3 and 1, pooled variance (10 + 2) / (3 + 2): t = 2 / sqrt(2.4 (1/4 + 1/3))."""
    found = paper_t_test(BY_HAND, np.array([0.0, 1.0, 2.0]), confidence=0.95)
    assert found.df == 5
    assert found.t == pytest.approx(2 / (2.4 * (1 / 4 + 1 / 3)) ** 0.5)
    assert found.p == pytest.approx(2 * stats.t.sf(found.t, 5))
    assert (found.low + found.high) / 2 == pytest.approx(2)
    assert found.low < 0 < found.high


SCIPY = {
    paper_t_test: lambda a, b: stats.ttest_ind(a, b, equal_var=True),
    welch_t_test: lambda a, b: stats.ttest_ind(a, b, equal_var=False),
    paired_t_test: stats.ttest_rel,
}


@pytest.mark.parametrize("test", SCIPY)
@pytest.mark.parametrize(("shift", "n"), [(0, 4), (0.5, 9), (8, 30)])
def test_t_tests_are_those_of_scipy(test, shift, n):
    source = np.random.default_rng(n)
    a, b = source.normal(shift, 1, size=n), source.normal(0, 3, size=n)
    found, theirs = test(a, b, confidence=0.9), SCIPY[test](a, b)
    assert (found.t, found.df) == pytest.approx((theirs.statistic, theirs.df))
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.9)))


@pytest.mark.parametrize("test", [paper_t_test, welch_t_test])
def test_samples_of_unequal_size(test):
    other = np.array([0.0, 7.0, 1.5])
    found, theirs = test(BY_HAND, other, confidence=0.95), SCIPY[test](BY_HAND, other)
    assert (found.t, found.df, found.p) == pytest.approx((theirs.statistic, theirs.df, theirs.pvalue))


@pytest.mark.parametrize("test", [paper_t_test, welch_t_test, paired_t_test])
def test_where_a_t_test_is_undefined_there_is_none(test):
    assert test(np.ones(4), np.ones(4), confidence=0.95) is None
    assert test(np.array([0.1 + 0.2, 0.3]), np.array([0.1, 0.1]), confidence=0.95) is None  # but for rounding
    assert test(np.array([1.0]), np.array([2.0]), confidence=0.95) is None


def test_the_paper_test_gives_the_authors_p_values(shared):
    """BLEU-2, text by text: MMTG's main run against topic-only GPT-2; GPT-2 against images2poem."""

    def texts(name):
        lines = (shared / "metric_benchmark" / "files" / f"{name}.txt").read_text(encoding="utf-8").split("\n")
        return [line for line in lines if line]

    references = texts("e50_ref")
    ours, gpt2, i2p = (
        per_item("bleu_2", references, [[text] for text in texts(name)])
        for name in ("e50_mmtg_sample_a", "e50_gpt2_sample", "e50_i2p_sample")
    )
    assert paper_t_test(ours, gpt2, confidence=0.95).p == pytest.approx(0.6712048590907433, rel=1e-6)
    assert paper_t_test(gpt2, i2p, confidence=0.95).p == pytest.approx(0.00011060023664168485, rel=1e-6)


def test_seeds_paired_and_not():
    ours, theirs = [0.31, 0.35, 0.40], [0.30, 0.33, 0.37]
    paired = compare_seeds(ours, theirs, paired=True, confidence=0.95)
    apart = compare_seeds(ours, theirs, paired=False, confidence=0.95)
    assert paired.difference == apart.difference == pytest.approx(0.02)
    assert paired.p == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)
    assert apart.p == pytest.approx(stats.ttest_ind(ours, theirs, equal_var=False).pvalue)
    assert (paired.test, apart.test) == ("paired t", "Welch t")
    assert paired.p < apart.p  # the seeds' common part is no noise
    assert paired.stds == pytest.approx((np.std(ours, ddof=1), np.std(theirs, ddof=1)))
    half = (paired.high - paired.low) / 2
    assert paired.note == f"3 and 3 seeds: only a difference beyond {half:.2g} would show at 95% confidence"


def test_one_seed_is_no_test():
    found = compare_seeds([0.3], [0.2, 0.1], paired=False, confidence=0.95)
    assert (found.test, found.p, found.low, found.stds[0]) == ("none", None, None, None)
    assert "one run tells nothing" in found.note
    assert found.difference == pytest.approx(0.15)


def test_seeds_that_all_differ_alike():
    found = compare_seeds([2.0, 3.0], [1.0, 2.0], paired=True, confidence=0.95)
    assert found.test == "none"
    assert "all with the same difference" in found.note


def test_seeds_that_do_not_pair_are_refused():
    with pytest.raises(InputError, match="3 and 2"):
        compare_seeds([1, 2, 3], [1, 2], paired=True, confidence=0.95)
    with pytest.raises(InputError, match="0 and 2"):
        compare_seeds([], [1, 2], paired=False, confidence=0.95)
