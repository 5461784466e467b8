"""Figures: definitions by hand, the authors' own numbers, and chance beside recall."""

import pytest

from mmtg.metrics import ConceptRecall
from mmtg.metrics.figures import concept_figures, sample_items, text_figures
from mmtg.metrics.unigram import unigram_perplexity

NOUNS = {"moon": ("月亮", "明月"), "boat": ("小船",), "bell": ("钟",)}
SAMPLES = [
    {"id": "a", "reference": ["明月", "小船", "钟", "钟"], "hypotheses": [["月亮", "", "钟", "小船"]],
     "plan": [["moon", "boat"], ["bell"]]},
    {"id": "b", "reference": ["钟", "", "小船", ""], "hypotheses": [["", "钟", "", ""]], "plan": [["bell"], ["boat"]]},
]  # fmt: skip


def test_concept_recall_by_hand():
    metric = ConceptRecall(NOUNS, lines_per_step=2)
    metric.update(sample_items(SAMPLES))
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
    assert {f"bleu_{n}" for n in range(1, 5)} | {f"distinct_{n}" for n in range(1, 4)} <= set(figures)
    assert "bleu_1" not in text_figures([{**SAMPLES[0], "reference": []}])


def test_unigram():
    assert unigram_perplexity([[0, 0, 1]], [[0, 1]], 2) == pytest.approx((5 / 3 * 5 / 2) ** 0.5)
