"""The vocabulary in which a line break is a token: words or characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.data.layouts import layout_from_plain
from mmtg.data.line_vocabulary import SPECIALS, LineVocabulary, line_vocabulary
from mmtg.data.vocabulary import vocabulary_from_plain
from mmtg.errors import InputError

POEMS = [["the moon , the sea", "a sea"], ["the [END] of b"]]
LAYOUT = {
    "steps": 1,
    "lines_per_step": 10,
    "line_tokens": 6,
    "topic_tokens": 4,
    "prompt": "",
    "step_types": [1],
    "kind": "prompts",
}
WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=4)


def made(**changed):
    return line_vocabulary(POEMS, **{"unit": "words", "least_count": 1, **changed})


def test_words_come_by_falling_frequency_behind_the_specials():
    vocabulary = made()
    assert vocabulary.tokens == [*SPECIALS, "the", "sea", ",", "a", "b", "moon", "of"]
    assert [vocabulary.pad, vocabulary.unk, vocabulary.start, vocabulary.end, vocabulary.line] == [0, 1, 2, 3, 4]
    assert (vocabulary.eos, vocabulary.sep) == (vocabulary.line, vocabulary.end)


def test_rare_words_are_unknown_but_for_those_of_more():
    vocabulary = made(least_count=2, more=["zoo b", "the moon"])
    assert vocabulary.tokens[len(SPECIALS) :] == ["the", "sea", "b", "moon", "zoo"]
    assert vocabulary.encode("a sea") == [vocabulary.unk, vocabulary.tokens.index("sea")]


def test_a_text_that_names_a_special_token_does_not_become_one():
    vocabulary = made()
    assert vocabulary.encode("[END] [LINE] [PAD]") == [vocabulary.unk] * 3


def test_characters_have_no_spaces_unless_they_are_kept():
    assert line_vocabulary([["山 月", "山"]], unit="characters", least_count=1).tokens[5:] == ["山", "月"]
    kept = line_vocabulary([["a b"]], unit="characters", least_count=1, keep_spaces=True)
    assert kept.decode(kept.encode("b  a")) == "b a"


def test_another_unit_or_order_is_refused():
    with pytest.raises(InputError, match="must be characters or words, not 'letters'"):
        line_vocabulary(POEMS, unit="letters", least_count=1)
    with pytest.raises(InputError, match="must begin with"):
        LineVocabulary(["a", *SPECIALS], unit="words")


def test_only_the_five_are_special():
    vocabulary = line_vocabulary([["[sic] a"]], unit="words", least_count=1)
    assert vocabulary.special_tokens() == set(SPECIALS)
    assert vocabulary.specials == set(range(5))


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=10))
@pytest.mark.parametrize("unit", ["words", "characters"])
def test_texts_of_one_to_ten_lines_come_back(unit, lines):
    vocabulary = vocabulary_from_plain(line_vocabulary([lines], unit=unit, least_count=1).to_plain())
    assert isinstance(vocabulary, LineVocabulary)
    assert vocabulary.unit == unit
    layout = layout_from_plain({**LAYOUT, "line_tokens": 30}, vocabulary)
    ids = layout.encode_lines(lines).ids
    assert list(ids).count(vocabulary.line) == len(lines)
    told = lines if unit == "words" else [line.replace(" ", "") for line in lines]
    assert layout.decode_lines(ids) == told + [""] * (10 - len(lines))


def test_long_lines_are_cut_to_the_layouts_tokens():
    vocabulary = made()
    layout = layout_from_plain(LAYOUT, vocabulary)
    found = layout.encode_lines(["the sea " * 5, "a moon"])
    assert layout.decode_lines(found.ids)[:2] == ["the sea " * 2 + "the sea", "a moon"]
    assert found.labels[-1] == -100
