"""Texts encoded together are what they are one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data import slots_batch
from mmtg.data.layout import IGNORE, CompactLayout, SlotsLayout
from mmtg.data.vocabulary import BertVocabulary, character_vocabulary

TEXTS = st.text(alphabet="春眠不觉晓题：😀x \n\u3000\u00a0\ue000", max_size=9)


def one_by_one(topics, texts, layout):
    prompts, lines = [layout.encode_topic(topic) for topic in topics], [layout.encode_lines(text) for text in texts]
    pad = layout.vocabulary.pad
    rows = {
        "topic_ids": ([t.ids for t in prompts], pad),
        "topic_mask": ([t.mask for t in prompts], 0),
        "topic_types": ([t.types for t in prompts], 0),
        "targets": ([t.ids for t in lines], pad),
        "target_mask": ([t.mask for t in lines], 0),
        "target_types": ([t.types for t in lines], 0),
        "places": ([t.places for t in lines], 0),
        "labels": ([t.labels for t in lines], IGNORE),
    }
    width = {name: max(map(len, found)) for name, (found, _) in rows.items()}
    return {
        name: np.array([[*row, *[fill] * (width[name] - len(row))] for row in found]).reshape(len(found), -1)
        for name, (found, fill) in rows.items()
    }


def check(kind, vocabulary, items):
    sizes = {"steps": 2, "lines_per_step": 2, "line_tokens": 3, "topic_tokens": 5, "step_types": (1, 2)}
    layout = kind(vocabulary=vocabulary, prompt="题：", **sizes)
    topics, texts = [topic for topic, _ in items], [lines for _, lines in items]
    assert slots_batch.fits(layout)
    together = slots_batch.slots_arrays(topics, texts, layout)
    wanted = one_by_one(topics, texts, layout)
    assert together.keys() == wanted.keys()
    for name, values in wanted.items():
        assert together[name].dtype == np.int64
        np.testing.assert_array_equal(together[name], values, err_msg=name)


def items_of(texts):
    return st.lists(st.tuples(texts, st.lists(texts, max_size=6)), min_size=1, max_size=5)


@pytest.mark.parametrize("kind", [SlotsLayout, CompactLayout])
@pytest.mark.parametrize("keep_spaces", [False, True])
@settings(max_examples=60, deadline=None)
@given(items=items_of(TEXTS))
def test_together_as_one_by_one(kind, keep_spaces, items):
    check(kind, character_vocabulary(["春眠不觉晓题：😀"], keep_spaces=keep_spaces), items)


BERT_TOKENS = [*BertVocabulary.names, *"春眠题：，a1é\uf900", "##眠", "春眠", "love", "##b"]
BERTS = [BertVocabulary(BERT_TOKENS, keep_spaces=keep_spaces) for keep_spaces in (False, True)]
BERT_TEXTS = st.text(alphabet="春眠不觉题：，。、！？；", max_size=9) | st.text(
    alphabet="春眠不题，abé[]1 \n\u3000\u00a0\u2003\u0301\u200d\ufe00\uf900\u3007\u3400\U00020000😀\ufffd", max_size=7
)


@pytest.mark.parametrize("vocabulary", BERTS, ids=["without spaces", "with spaces"])
@settings(max_examples=120, deadline=None)
@given(items=items_of(BERT_TEXTS | st.sampled_from(["[UNK]", "春[PAD]眠", "love春love"])))
def test_together_as_one_by_one_as_bert_splits(vocabulary, items):
    check(SlotsLayout, vocabulary, items)


@pytest.mark.parametrize("vocabulary", BERTS, ids=["without spaces", "with spaces"])
def test_characters_that_stand_alone_for_bert(vocabulary):
    """Each beside Latin letters, a combining mark, and itself: it is split off, and is one token."""
    alone = [vocabulary.encode(chr(code)) for code in slots_batch._ALONE]
    assert {len(ids) for ids in alone} == {1}
    letter = vocabulary.encode("a")
    beside = vocabulary.encode("".join(f"a{chr(code) * 2}" for code in slots_batch._ALONE))
    assert beside == [number for ids in alone for number in (*letter, *ids, *ids)]
    table = slots_batch._table(vocabulary)
    assert [ids[0] for ids in alone] == table[list(slots_batch._ALONE)].tolist()
