"""The character tokenizer of keyword-to-poem models."""

import pytest

from mmtg.data.prompt_vocabulary import SPECIALS, PromptVocabulary, prompt_vocabulary
from mmtg.data.vocabulary import vocabulary_from_plain
from mmtg.errors import InputError
from tests.data.ccpc import poems_of

POEMS = [(["山", "月"], ["山月山", "风吹月"]), (["月"], ["月落山", "乌啼风"])]


def test_characters_come_by_falling_frequency_behind_the_specials():
    vocabulary = prompt_vocabulary(POEMS)
    assert tuple(vocabulary.tokens[:6]) == SPECIALS
    assert [vocabulary.pad, vocabulary.unk, vocabulary.sep, vocabulary.start, vocabulary.mask, vocabulary.eos] == [
        *range(6)
    ]
    text = "".join("关键词：" + " ".join(words) + "|".join(lines) for words, lines in POEMS)
    own = vocabulary.tokens[6:]
    assert own == sorted(set(text), key=lambda c: (-text.count(c), c))
    assert vocabulary.bar == vocabulary.tokens.index("|")


def test_further_characters_come_last():
    vocabulary = prompt_vocabulary(POEMS, more=["啊", "山"])
    assert vocabulary.tokens[-1] == "啊"
    assert vocabulary.tokens.count("山") == 1


def test_a_corpus_without_bars_and_spaces_has_both():
    vocabulary = prompt_vocabulary([([], ["山"])])
    assert vocabulary.tokens[-2:] == [" ", "|"]


def test_encoding_drops_spaces_and_knows_what_it_does_not_know():
    vocabulary = prompt_vocabulary(POEMS)
    assert vocabulary.encode("山 月") == vocabulary.encode("山月")
    assert vocabulary.encode("醍") == [vocabulary.unk]
    assert vocabulary.encode_each(["山", "月"]) == vocabulary.encode("山月")
    assert vocabulary.decode([vocabulary.start, *vocabulary.encode("山月"), vocabulary.mask, vocabulary.eos]) == "山月"


def test_it_is_made_again_from_plain_data():
    vocabulary = prompt_vocabulary(POEMS)
    again = vocabulary_from_plain(vocabulary.to_plain())
    assert isinstance(again, PromptVocabulary)
    assert again.tokens == vocabulary.tokens


def test_special_tokens_must_come_first():
    with pytest.raises(InputError, match="must begin with"):
        PromptVocabulary([*reversed(SPECIALS), "|"])


def test_the_published_corpus_gives_the_published_vocabulary(shared):
    """5,609 characters and six special tokens from valid and test together (Image2Poem reference, section 4)."""
    poems = [*poems_of(shared, "valid"), *poems_of(shared, "test")]
    vocabulary = prompt_vocabulary(poems)
    assert len(poems) == 17_955
    assert len(vocabulary) == 5_615
    assert {" ", "|", "：", "□"} <= set(vocabulary.tokens)
