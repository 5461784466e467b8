"""The slots layout, both ways."""

import numpy as np
import pytest

from mmtg.data.layout import SlotsLayout
from mmtg.data.vocabulary import character_vocabulary
from mmtg.errors import InputError


def make(**changes):
    sizes = {"steps": 2, "lines_per_step": 2, "line_tokens": 3, "topic_tokens": 5, "step_types": (1, 2)}
    vocabulary = character_vocabulary(["春眠不觉晓题："])
    return SlotsLayout(vocabulary=vocabulary, prompt="题：", **{**sizes, **changes})


def test_published_sizes():
    layout = make(steps=5, line_tokens=20, step_types=(1, 2, 3, 4, 1))
    assert (layout.length, layout.slot, layout.lines) == (221, 22, 10)
    steps = layout.step_of_position
    assert [int((steps == k).sum()) for k in range(6)] == [44, 44, 44, 44, 44, 1]


def test_lines_come_back():
    layout = make()
    lines = ["春眠", "", "不觉晓", "晓"]
    tokens = layout.encode_lines(lines)
    assert layout.decode_lines(tokens.ids) == lines
    assert tokens.ids.shape == tokens.mask.shape == tokens.types.shape == (layout.length,)


def test_masks_and_types_follow_the_table():
    layout = make()
    tokens = layout.encode_lines(["春", "", "不觉晓", "晓"])
    pad, structure = layout.vocabulary.pad, [layout.vocabulary.start, layout.vocabulary.eos, layout.vocabulary.sep]
    np.testing.assert_array_equal(tokens.mask, tokens.ids != pad)
    assert not tokens.types[np.isin(tokens.ids, [*structure, pad])].any()
    assert tokens.types[1] == 1
    assert tokens.types[11:14].tolist() == [2, 2, 2]


def test_too_long_is_cut_and_too_few_are_empty():
    layout = make()
    assert layout.decode_lines(layout.encode_lines(["春眠不觉晓"]).ids) == ["春眠不", "", "", ""]


def test_topic():
    tokens = make().encode_topic("春眠")
    assert tokens.mask.tolist() == [1, 1, 1, 1, 0]
    assert tokens.types.tolist() == [1, 1, 1, 1, 0]
    assert make().encode_topic("春眠不觉晓").mask.all()


def test_a_type_for_each_step():
    with pytest.raises(InputError, match="step_types"):
        make(step_types=(1,))
