"""Texts encoded together are what they are one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data import slots_batch
from mmtg.data.layout import IGNORE, CompactLayout, SlotsLayout
from mmtg.data.vocabulary import character_vocabulary

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


@pytest.mark.parametrize("kind", [SlotsLayout, CompactLayout])
@pytest.mark.parametrize("keep_spaces", [False, True])
@settings(max_examples=60, deadline=None)
@given(items=st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=6)), min_size=1, max_size=5))
def test_together_as_one_by_one(kind, keep_spaces, items):
    layout = kind(
        vocabulary=character_vocabulary(["春眠不觉晓题：😀"], keep_spaces=keep_spaces),
        steps=2,
        lines_per_step=2,
        line_tokens=3,
        topic_tokens=5,
        prompt="题：",
        step_types=(1, 2),
    )
    topics, texts = [topic for topic, _ in items], [lines for _, lines in items]
    assert slots_batch.fits(layout)
    together = slots_batch.slots_arrays(topics, texts, layout)
    wanted = one_by_one(topics, texts, layout)
    assert together.keys() == wanted.keys()
    for name, values in wanted.items():
        assert together[name].dtype == np.int64
        np.testing.assert_array_equal(together[name], values, err_msg=name)
