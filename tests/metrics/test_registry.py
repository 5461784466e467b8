"""Figures by name: per experience, of all, and of any choice of experiences."""

import numpy as np
import pytest

from mmtg.errors import InputError
from mmtg.metrics.named import training_metrics
from mmtg.metrics.registry import METRICS, TEXT_METRICS, figures_of, make_items, per_item, score
from mmtg.metrics.text import Text

REFERENCES = ["明月几时有，把酒问青天", "月亮照着河", None, "小船儿推开波浪，水面倒映着白塔"]
HYPOTHESES = [
    ["明月照我心，青天一片云", "几时有酒"],
    ["月亮河"],
    ["无人知道，青山不老，绿水长流，都在人间笑"],
    ["小船开，水波，白浪", "", "推开波浪"],
]
CORPUS = ("sacrebleu", "chrf")
NEED_NO_REFERENCE = {"distinct_1", "entropy_1", "repetition_2", "repeated_lines", "mean_length"}


@pytest.fixture(scope="module")
def items():
    return make_items(REFERENCES, HYPOTHESES)


@pytest.mark.parametrize("name", METRICS)
def test_any_choice_of_experiences(items, name):
    """A resample's figure is that of a set in which the experience stands as often."""
    found = score(name, items)
    counts = np.array([[1, 1, 1, 1], [0, 2, 1, 1], [3, 0, 0, 1]])
    if name == "cider_d":  # frequencies stay those of the whole corpus
        expected = [np.nanmean(np.repeat(found.values, row)) for row in counts]
    else:
        expected = [
            score(name, [x for x, times in zip(items, row, strict=True) for _ in range(times)]) for row in counts
        ]
        expected = [chosen.figure for chosen in expected]
    assert found.of(counts) == pytest.approx(expected, nan_ok=True)
    assert found.figure == pytest.approx(expected[0], nan_ok=True)


@pytest.mark.parametrize("name", [name for name in METRICS if name not in (*CORPUS, "tone_regularity")])
def test_the_figure_is_the_mean_of_its_values(items, name):
    found = score(name, items)
    assert found.figure == pytest.approx(np.nanmean(found.values))
    assert found.values.shape == (4,)


def test_corpus_figures_are_no_means(items):
    for name in CORPUS:
        found = score(name, items)
        assert found.figure != pytest.approx(np.nanmean(found.values), rel=1e-3)


def test_absent_is_not_zero(items):
    values = per_item("bleu_2", REFERENCES, HYPOTHESES)
    assert np.isnan(values).tolist() == [False, False, True, False]
    figures = figures_of(make_items([None, None], [["月亮，河"], ["月，亮，一，光"]]), metrics=TEXT_METRICS)
    assert figures.keys() >= NEED_NO_REFERENCE
    assert not {name for name in figures if name.startswith(("bleu", "rouge", "cider", "chrf", "sacre", "tone"))}
    assert figures_of([], metrics=TEXT_METRICS) == {}


def test_strings_and_lines_are_the_same_text():
    one = per_item("bleu_4", ["ab，cd"], [["ab，ce"]])
    other = per_item("bleu_4", [["ab", "cd"]], [[["ab", "ce", ""]]])
    assert one.tolist() == other.tolist()


def test_mistakes_are_named(items):
    with pytest.raises(InputError, match="no metric 'blue_2'; there are bleu_1"):
        score("blue_2", items)
    with pytest.raises(InputError, match="2 references do not fit 1"):
        make_items(["a", "b"], [["a"]])


def test_training_set_metrics(items):
    metrics = training_metrics([Text.of_string("明月照我心")], frequent=0, count_unseen=False)
    figures = figures_of(items, metrics=metrics)
    assert set(figures) == {"novelty_2", "novelty_3", "copy_rate_4", "copied_lines"}
    assert figures["copied_lines"] == pytest.approx((0.5 / 2 + 0 + 0 + 0) / 4)
