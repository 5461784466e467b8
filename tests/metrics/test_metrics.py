"""Figures: definitions by hand, the authors' own numbers, and chance beside recall."""

import pytest

from mmtg.metrics import ConceptRecall, Distinct, SentenceBLEU
from mmtg.metrics.bleu import sentence_bleu
from mmtg.metrics.figures import concept_figures, text_figures
from mmtg.metrics.text import characters, ngrams
from mmtg.metrics.unigram import unigram_perplexity


def test_bleu_by_hand():
    assert sentence_bleu("abcd", "abcd", 4) == pytest.approx(1)
    assert sentence_bleu("ab", "cd", 2) == 0
    assert sentence_bleu("ab", "ba", 2) == pytest.approx((1 * 0.1) ** 0.5)
    assert sentence_bleu("", "ab", 1) == 0
    assert sentence_bleu("a", "abc", 1) == pytest.approx(2.718281828 ** (1 - 3))


def test_distinct_by_hand():
    metric = Distinct(2)
    metric.update(["abab", "ab"])
    assert float(metric.compute()) == pytest.approx(2 / 4)


def test_the_published_figures(shared):
    """BLEU-2 and Distinct-2 of the paper's main sample file."""
    folder = shared / "metric_benchmark" / "files"
    hypotheses = (folder / "e50_mmtg_sample_a.txt").read_text(encoding="utf-8").splitlines()
    references = (folder / "e50_ref.txt").read_text(encoding="utf-8").splitlines()
    bleu, distinct = SentenceBLEU(2), Distinct(2)
    for first in range(0, len(hypotheses), 10):
        group = [line.strip() for line in hypotheses[first : first + 10]]
        distinct.update(group)
        for hypothesis, reference in zip(group, references[first : first + 10], strict=True):
            bleu.update([hypothesis], reference.strip())
    assert float(bleu.compute()) == pytest.approx(0.0764, abs=5e-5)
    assert float(distinct.compute()) == pytest.approx(0.7427, abs=5e-5)


def test_texts_as_characters():
    assert characters(["春眠", "", "晓", ""]) == ["春", "眠", "，", "，", "晓"]
    assert ngrams("abc", 2) == [("a", "b"), ("b", "c")]
    assert ngrams("a", 2) == []


NOUNS = {"moon": ("月亮", "明月"), "boat": ("小船",), "bell": ("钟",)}
SAMPLES = [
    {"id": "a", "reference": ["明月", "小船", "钟", "钟"], "hypotheses": [["月亮", "", "钟", "小船"]],
     "plan": [["moon", "boat"], ["bell"]]},
    {"id": "b", "reference": ["钟", "", "小船", ""], "hypotheses": [["", "钟", "", ""]], "plan": [["bell"], ["boat"]]},
]  # fmt: skip


def test_concept_recall_by_hand():
    metric = ConceptRecall(NOUNS, lines_per_step=2)
    for sample in SAMPLES:
        metric.update(sample["hypotheses"], sample["plan"])
    assert float(metric.compute()) == pytest.approx(3 / 5)


def test_recall_stands_between_chance_and_ceiling():
    figures = concept_figures(SAMPLES, NOUNS, 2)
    assert figures["concept_recall"] == pytest.approx(3 / 5)
    assert figures["concept_recall_ceiling"] == 1
    # a's text on b's plan: no bell in its first couplet, the boat in its second; b's on a's: nothing
    assert figures["concept_recall_chance"] == pytest.approx(1 / 5)
    assert concept_figures([{"reference": [], "hypotheses": []}], NOUNS, 2) == {}


def test_text_figures_of_samples():
    figures = text_figures(SAMPLES)
    assert set(figures) == {f"bleu_{n}" for n in range(1, 5)} | {f"distinct_{n}" for n in range(1, 4)}
    assert "bleu_1" not in text_figures([{**SAMPLES[0], "reference": []}])


def test_unigram():
    assert unigram_perplexity([[0, 0, 1]], [[0, 1]], 2) == pytest.approx((5 / 3 * 5 / 2) ** 0.5)
