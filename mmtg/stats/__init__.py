"""How sure a figure is, and whether two systems differ: intervals, tests, effect sizes, agreement."""

from mmtg.stats.agreement import krippendorff_alpha, weighted_kappa
from mmtg.stats.attention import attention_against_people, rater_agreement
from mmtg.stats.correlation import correlate, kendall, spearman
from mmtg.stats.effects import cliffs_delta, cohens_d
from mmtg.stats.holm import holm
from mmtg.stats.paired import PairedTest, paired_tests
from mmtg.stats.resampling import Estimate, Resampling, estimate_scores
from mmtg.stats.seeds import SeedComparison, compare_seeds
from mmtg.stats.t_tests import TTest, paired_t_test, paper_t_test, welch_t_test

__all__ = [
    "Estimate",
    "PairedTest",
    "Resampling",
    "SeedComparison",
    "TTest",
    "attention_against_people",
    "cliffs_delta",
    "cohens_d",
    "compare_seeds",
    "correlate",
    "estimate_scores",
    "holm",
    "kendall",
    "krippendorff_alpha",
    "paired_t_test",
    "paired_tests",
    "paper_t_test",
    "rater_agreement",
    "spearman",
    "weighted_kappa",
    "welch_t_test",
]
