"""Distinct-n, entropy, repetition, counts: by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.metrics import (
    Distinct,
    DistinctByPosition,
    Diversity,
    Entropy,
    MeanLength,
    RepeatedLines,
    Repetition,
    UniqueTexts,
    running_distinct,
)
from mmtg.metrics.text import Item, Text


def figure(metric, *groups):
    metric.update([Item(tuple(map(Text.of_string, group))) for group in groups])
    return float(metric.compute())


def test_distinct_pools_the_texts_of_an_experience():
    assert figure(Distinct(2), ["abab", "ab"]) == pytest.approx(2 / 4)
    assert figure(Distinct(1), ["a", "a"], ["ab"]) == pytest.approx((1 / 2 + 1) / 2)
    assert figure(Distinct(3), ["ab"]) == 0


def test_distinct_by_position_leaves_out_places_that_a_text_lacks():
    assert figure(DistinctByPosition(1), ["ab，aa，c", "ab，b"]) == pytest.approx((2 / 4 + 2 / 3) / 2)
    assert math.isnan(figure(DistinctByPosition(2), ["a", "b"]))


def test_running_distinct():
    assert running_distinct([Text("ab"), Text("ab")], 1) == pytest.approx((1 + 1 / 2) / 2)


def lines(*texts, unit="characters"):
    return Item((Text.of_lines(texts, unit),))


def test_div_of_five_identical_texts_without_repeated_words_is_a_fifth():
    metric = Diversity(1)
    metric.update([lines(*["a red bird sings"] * 5, unit="words")])
    assert float(metric.compute()) == pytest.approx(1 / 5)
    assert figure(Diversity(1), ["abc，abc，abc，abc，abc"]) == pytest.approx(1 / 5)


def test_div_2_counts_bigrams_inside_texts_over_words():
    assert figure(Diversity(2), ["abc，cd"]) == pytest.approx(3 / 5)
    assert figure(Diversity(2), ["ab，cd", "ab，ab"], ["，"]) == pytest.approx(((2 + 1) / 8 + 0) / 2)


@given(st.lists(st.text("abcd"), min_size=1, max_size=6))
def test_div_2_is_below_one(texts):
    assert Diversity(2).score(lines(*texts), 0) < 1


def test_entropy():
    assert figure(Entropy(1), ["ab", "cd"]) == pytest.approx(math.log(4))
    assert figure(Entropy(1), ["aa"], ["aab"]) == pytest.approx((math.log(3) - 2 / 3 * math.log(2)) / 2)


def test_repetition():
    assert figure(Repetition(2), ["abab"]) == pytest.approx(1 / 3)
    assert figure(Repetition(4), ["abc"]) == 0
    assert figure(RepeatedLines(), ["ab，c，，ab"]) == pytest.approx(1 / 3)


def test_counts():
    assert figure(MeanLength(), ["ab，c", ""]) == 2
    assert figure(UniqueTexts(), ["ab", "c"], ["ab", "d"]) == pytest.approx(3 / 4)


def test_nothing_has_no_figure():
    for metric in (Distinct(1), Entropy(1), Repetition(2), RepeatedLines(), MeanLength(), UniqueTexts()):
        assert math.isnan(figure(metric, []))
