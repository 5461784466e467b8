"""Figures: definitions by hand, the authors' own numbers, and chance beside recall."""

import pytest

from mmtg.metrics import ConceptRecall
from mmtg.metrics.figures import concept_figures, sample_items, step_confusion, text_figures
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


def test_the_order_of_concepts():
    figures = concept_figures(SAMPLES, NOUNS, 2)
    # a's text: moon before bell, but bell before boat of step 1; b's: only the bell is mentioned
    assert figures["order_accuracy"] == pytest.approx(1 / 2)
    assert figures["order_accuracy_ceiling"] == 1


def test_confusion_of_steps():
    assert step_confusion(SAMPLES, NOUNS, 2) == [[pytest.approx(2 / 3), pytest.approx(1 / 3)], [0, 0.5]]
    assert step_confusion([{"reference": [], "hypotheses": []}], NOUNS, 2) == []


def test_order_sensitivity_where_there_are_permutations():
    assert "nnr_1" not in text_figures(SAMPLES)
    greedy = {"ordered": ["ab", "c"], "shuffled": [["ab", "d"], ["ab", "c"]]}
    figures = text_figures([{**SAMPLES[0], **greedy}, SAMPLES[1]])
    assert figures["nnr_1"] == pytest.approx((1 / 5 + 0) / 2)
    assert figures["unchanged_rate"] == 0.5


def test_an_empty_hypothesis_counts():
    one, other = text_figures(SAMPLES), text_figures([{**SAMPLES[0], "hypotheses": [[]]}, SAMPLES[1]])
    assert other["bleu_1"] < one["bleu_1"]
    assert other["mean_length"] < one["mean_length"]


def test_text_figures_of_samples():
    figures = text_figures(SAMPLES)
    named = {f"bleu_{n}" for n in range(1, 5)} | {f"distinct_{n}" for n in range(1, 4)}
    assert set(figures) >= named | {"sacrebleu", "chrf", "rouge_l", "cider_d", "unique_texts"}
    assert "bleu_1" not in text_figures([{**SAMPLES[0], "reference": []}])


def test_unigram():
    assert unigram_perplexity([[0, 0, 1]], [[0, 1]], 2) == pytest.approx((5 / 3 * 5 / 2) ** 0.5)
