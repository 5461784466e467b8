"""ROUGE on sets, and the longest common subsequence it traces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.metrics import Rouge
from mmtg.metrics.rouge import rouge_l, rouge_n
from mmtg.metrics.subsequence import lcs_length, lcs_tokens
from mmtg.metrics.text import Item, Text

WORDS = st.text("abc", max_size=12)


def table(reference, hypothesis):
    """The usual table of lengths."""
    lengths = [[0] * (len(hypothesis) + 1) for _ in range(len(reference) + 1)]
    for i, one in enumerate(reference):
        for j, other in enumerate(hypothesis):
            longer = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if one == other else longer
    return lengths


def traced(reference, hypothesis):
    """The subsequence that the benchmark's definition 1.2 says, from the table."""
    lengths, i, j, taken = table(reference, hypothesis), len(reference), len(hypothesis), []
    while i and j:
        if reference[i - 1] == hypothesis[j - 1]:
            taken.append(reference[i - 1])
            i, j = i - 1, j - 1
        elif lengths[i - 1][j] > lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return taken


@given(WORDS, WORDS)
def test_the_trace_is_that_of_the_table(reference, hypothesis):
    assert lcs_tokens(reference, hypothesis) == traced(reference, hypothesis)
    assert lcs_length(reference, hypothesis) == table(reference, hypothesis)[-1][-1]


def test_sets_not_counts():
    overlap = rouge_n(Text("aab"), Text("abbc"), 1)
    assert (overlap.precision, overlap.recall) == (1, pytest.approx(2 / 3))
    assert overlap.f1 == pytest.approx(0.8, abs=1e-7)
    bigrams = rouge_n(Text("abab"), Text("abc"), 2)  # ab ba against ab bc
    assert (bigrams.precision, bigrams.recall) == (0.5, 0.5)


def test_longest_common_subsequence_counts_different_tokens():
    overlap = rouge_l(Text("axax"), Text("aaxy"))  # aax is common: two different of x a, two of a x y
    assert (overlap.precision, overlap.recall) == (1, pytest.approx(2 / 3))


def test_blanks_vanish():
    assert rouge_n(Text("a b"), Text("ab"), 2).recall == 1
    assert rouge_l(Text("a b"), Text("a　b")).f1 == pytest.approx(1)


def test_chinese_is_not_nothing():
    """The usual rouge-score keeps only a-z and 0-9 and gives 0 for every Chinese text."""
    assert rouge_n(Text("月亮"), Text("月光"), 1).f1 == pytest.approx(0.5)


def test_nothing_in_common_and_nothing_at_all():
    assert rouge_n(Text(""), Text("ab"), 1).f1 == 0
    assert rouge_l(Text("cd"), Text("ab")).f1 == 0


def test_the_best_reference_counts():
    metric = Rouge(1, part="recall")
    metric.update([Item((Text("ab"),), (Text("ac"), Text("ab")))])
    assert float(metric.compute()) == 1
