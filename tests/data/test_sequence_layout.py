"""Layouts without slots, both ways."""

import numpy as np
import pytest

from mmtg.data.layout import IGNORE
from mmtg.errors import InputError
from tests.models.small import small_layout

LINES = ["春眠", "不觉晓", "", "鸟"]


@pytest.mark.parametrize("kind", ["slots", "sequence", "segments"])
def test_lines_come_back(kind):
    layout = small_layout(kind=kind)
    tokens = layout.encode_lines(LINES)
    assert len(tokens.ids) == layout.length
    assert layout.decode_lines(tokens.ids) == LINES


@pytest.mark.parametrize("kind", ["slots", "compact", "sequence", "segments"])
def test_a_label_is_the_next_token(kind):
    layout = small_layout(kind=kind)
    whole = small_layout(kind="slots" if kind == "compact" else kind).encode_lines(LINES)
    tokens = layout.encode_lines(LINES)
    for place, label in zip(tokens.places, tokens.labels, strict=True):
        if label != IGNORE and kind != "segments":
            assert label == whole.ids[place + 1]
    assert tokens.labels[-1] == IGNORE


def test_a_sequence_is_start_lines_with_ends_sep_padding():
    layout = small_layout(kind="sequence")
    v = layout.vocabulary
    ids = layout.encode_lines(["春眠", "鸟"]).ids
    first, second, bird = v.encode("春眠鸟")
    assert ids[:7].tolist() == [v.start, first, second, v.eos, bird, v.eos, v.sep]
    assert (ids[7:] == v.pad).all()


def test_segments_start_anew():
    layout = small_layout(kind="segments")
    tokens = layout.encode_lines(LINES)
    begins = np.arange(0, layout.length, layout.segment)
    assert (tokens.ids[begins] == layout.vocabulary.start).all()
    assert (tokens.places[begins] == 0).all()
    assert (tokens.labels[begins - 1] == IGNORE).all()


def test_what_free_writing_may_bring_is_read():
    layout = small_layout(kind="sequence")
    v = layout.vocabulary
    (bird,) = v.encode("鸟")
    drawn = [v.start, bird, v.pad, bird, v.eos, v.start, bird, v.sep, bird]
    assert layout.decode_lines(drawn) == [
        "鸟鸟",
        "鸟",
        "",
        "",
    ]
    assert layout.decode_lines([v.eos] * 9) == ["", "", "", ""]


def test_unknown_kinds_are_named():
    with pytest.raises(InputError, match="layout: 'lines' is unknown"):
        small_layout(kind="lines")
