"""Texts of words: every metric counts words where a text says so."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.errors import InputError
from mmtg.metrics.figures import sample_items, text_figures
from mmtg.metrics.named import TEXT_METRICS, training_metrics
from mmtg.metrics.registry import METRICS, figures_of, make_items, score
from mmtg.metrics.text import Text

SAMPLE = {"id": "a", "reference": ["the moon", "a sea"], "hypotheses": [["the moon", "the sea", ""]], "unit": "words"}
WORDS = st.lists(st.lists(st.sampled_from(["moon", "sea", "a", "the"]), max_size=4).map(" ".join), max_size=4)
CHARACTERS_OF = dict(zip(["moon", "sea", "a", "the"], "月海一彼", strict=True))


def test_words_with_a_break_between_lines():
    text = Text.of_lines(["the  moon", "", "sea ", "", ""], "words")
    assert text.tokens == ("the", "moon", "\n", "\n", "sea")
    assert text.lines == ("the  moon", "", "sea ", "", "")
    assert Text.of_string("the moon，sea", "words").tokens == ("the", "moon", "\n", "sea")
    assert Text.of_lines(["", ""], "words").tokens == ()


def test_bleu_of_words_by_hand():
    """Five tokens each, line breaks among them; four match, and of four bigrams "the moon" and the one after it do."""
    [item] = sample_items([SAMPLE])
    assert score("bleu_1", [item]).figure == pytest.approx(4 / 5)
    assert score("bleu_2", [item]).figure == pytest.approx(math.sqrt(4 / 5 * 2 / 4))


def test_a_sample_says_its_unit():
    in_characters = {**SAMPLE, "unit": "characters"}
    assert text_figures([SAMPLE])["mean_length"] == 5
    assert text_figures([in_characters])["mean_length"] == len("the moon，the sea")
    assert text_figures([{k: v for k, v in SAMPLE.items() if k != "unit"}]) == text_figures([in_characters])


@given(WORDS, WORDS)
def test_words_are_counted_as_characters_are(written, true):
    """Figures of n-grams do not change when each word is written as one character."""
    names = [name for name in TEXT_METRICS if name.startswith(("bleu", "distinct", "entropy", "repetition", "cider"))]

    def figures(texts, unit):
        return {name: score(name, make_items(texts[:1], [texts[1:]], unit=unit)).figure for name in names}

    short = [["".join(CHARACTERS_OF[word] for word in line.split()) for line in text] for text in (true, written)]
    assert figures([true, written], "words") == pytest.approx(figures(short, "characters"), nan_ok=True)


def test_novelty_of_words_by_hand():
    training = [Text.of_lines(["the moon", "the moon"], "words"), Text.of_lines(["a sea"], "words")]
    metrics = training_metrics(training, frequent=1, count_unseen=False)
    figures = figures_of(sample_items([SAMPLE]), metrics=metrics)
    # the moon (frequent), moon | (rare), | the (rare), the sea (unseen)
    assert figures["novelty_2"] == pytest.approx(2 / 4)
    assert figures["copied_lines"] == pytest.approx(1 / 2)


def test_every_figure_can_be_computed_of_words():
    greedy = {"ordered": ["the moon"], "shuffled": [["the sea"]]}
    figures = text_figures([{**SAMPLE, **greedy}, {**SAMPLE, "id": "b", "hypotheses": [["sea"]]}])
    assert set(METRICS) - set(figures) == {"rhyme_rate", "tone_regularity"}
    assert figures["nnr_1"] == pytest.approx(1 / 3)
    assert figures["union_rate_2"] == 1


def test_an_unknown_unit_is_refused(tmp_path):
    from mmtg.scoring.samples import read_samples

    file = tmp_path / "samples.jsonl"
    file.write_text('{"id": "a", "hypotheses": [["x"]], "unit": "letters"}', encoding="utf-8")
    with pytest.raises(InputError, match="characters or words"):
        read_samples(file, name="x")
