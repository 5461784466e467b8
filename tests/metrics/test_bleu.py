"""Sentence BLEU by hand, and the figure the paper printed."""

import math

import pytest

from mmtg.metrics.bleu import SentenceBLEU, equal_weights, sentence_bleu, single_order
from mmtg.metrics.registry import per_item
from mmtg.metrics.text import Item, Text


def bleu(hypothesis, *references, weights=(0.25,) * 4, epsilon=0.1):
    return sentence_bleu(Item((Text(hypothesis),), tuple(map(Text, references))), 0, weights, epsilon)


def test_by_hand():
    assert bleu("abcd", "abcd") == pytest.approx(1)
    assert bleu("ab", "cd", weights=equal_weights(2)) == 0
    assert bleu("ab", "ba", weights=equal_weights(2)) == pytest.approx((1 * 0.1) ** 0.5)
    assert bleu("ab", "ba", weights=equal_weights(2), epsilon=None) == 0
    assert bleu("", "ab", weights=(1,)) == 0
    assert bleu("a", "abc", weights=(1,)) == pytest.approx(math.exp(1 - 3))
    assert bleu("aab", "ab", weights=(1,)) == pytest.approx(2 / 3)  # the second a finds no other a


def test_a_single_order_leaves_the_others_out():
    assert bleu("abc", "abd", weights=single_order(2), epsilon=None) == pytest.approx(1 / 2)
    assert bleu("abc", "abd", weights=single_order(3), epsilon=None) == 0
    assert bleu("ba", "ab", weights=single_order(2)) == pytest.approx(0.1)


def test_several_references():
    assert bleu("ab", "ax", "yb", weights=(1,)) == pytest.approx(1)
    assert bleu("abc", "ab", "abcd", weights=(1,)) == pytest.approx(1)  # two as near: the shorter one counts
    assert bleu("abc", "abcd", "abcde", weights=(1,)) == pytest.approx(math.exp(1 - 4 / 3))


def test_the_mean_is_over_experiences():
    metric = SentenceBLEU(equal_weights(1))
    metric.update([Item((Text("a"), Text("b")), (Text("a"),)), Item((Text("a"),), (Text("a"),)), Item((Text("a"),))])
    assert float(metric.compute()) == pytest.approx(0.75)
    assert metric.values().tolist() == pytest.approx([0.5, 1, math.nan], nan_ok=True)


def test_the_published_figures(shared):
    """BLEU-2 and Distinct-2 of the paper's main sample file."""
    folder = shared / "metric_benchmark" / "files"
    lines = (folder / "e50_mmtg_sample_a.txt").read_text(encoding="utf-8").splitlines()
    references = (folder / "e50_ref_unique.txt").read_text(encoding="utf-8").splitlines()
    groups = [lines[first : first + 10] for first in range(0, len(lines), 10)]
    assert round(per_item("bleu_2", references, groups).mean(), 4) == 0.0764
    assert round(per_item("distinct_2", references, groups).mean(), 4) == 0.7427
