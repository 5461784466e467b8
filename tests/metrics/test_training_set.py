"""Novelty and copying against a training set: by hand."""

import pytest

from mmtg.metrics import CopiedLines, CopyRate, Novelty
from mmtg.metrics.text import Item, Text

TRAINING = [Text.of_string(text) for text in ("ababab，cd", "ab，cd", "ef")]


def figure(metric, *texts):
    metric.update([Item(tuple(map(Text.of_string, texts)))])
    return float(metric.compute())


def novelty(text, n=2, frequent=1, count_unseen=False):
    return figure(Novelty(n, TRAINING, frequent=frequent, count_unseen=count_unseen), text)


def test_novelty_leaves_out_the_frequent_and_the_unseen():
    assert novelty("abcd") == pytest.approx(1 / 3)  # ab is the commonest, bc is unseen, cd is rare
    assert novelty("abcd", count_unseen=True) == pytest.approx(2 / 3)
    assert novelty("abab", frequent=0) == 1
    assert novelty("") == 0


def test_equally_common_ngrams_are_ranked_by_their_characters():
    training = [Text("cdab")]
    assert figure(Novelty(2, training, frequent=2, count_unseen=False), "ab") == 0
    assert figure(Novelty(2, training, frequent=2, count_unseen=False), "cd") == 0
    assert figure(Novelty(2, training, frequent=2, count_unseen=False), "da") == 1


def test_copies():
    assert figure(CopyRate(2, TRAINING), "abx") == pytest.approx(1 / 2)
    assert figure(CopyRate(4, TRAINING), "abab", "x") == pytest.approx(1 / 2)
    assert figure(CopiedLines(TRAINING), "cd，xy，ef，，") == pytest.approx(2 / 3)
    assert figure(CopiedLines(TRAINING), "abab") == 0
