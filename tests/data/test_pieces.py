"""Cleaning and cutting of songs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.data.pieces import Cutter
from mmtg.data.vocabulary import clean_line
from mmtg.errors import InputError


def cut(lines, **changes):
    sizes = {"piece_lines": 4, "least_lines": 1, "most_lines": None, "least_last_lines": 1, "keep_spaces": False}
    return list(Cutter(**{**sizes, **changes}).pieces(iter(lines)))


def test_lines_are_cleaned_as_published():
    assert cut([" 春 眠\t\n", "\u3000不\u00a0觉晓\r\n", " \u3000\n", ""]) == [("春眠", "不觉晓")]
    assert cut(["  a  b\tc\n", "\n"], keep_spaces=True) == [("a b c",)]


@given(
    st.lists(st.text(" \t春眠不觉晓", max_size=4), max_size=30),
    st.integers(1, 6),
    st.integers(1, 12),
    st.integers(0, 8),
)
def test_pieces_are_the_song(lines, size, least, last):
    cleaned = [line for raw in lines if (line := clean_line(raw, keep_spaces=False))]
    pieces = cut(lines, piece_lines=size, least_lines=least, least_last_lines=last)
    told = [line for piece in pieces for line in piece]
    if len(cleaned) < least:
        assert not pieces
        return
    left = len(cleaned) % size
    dropped = left if len(cleaned) > size and left < min(last, size) else 0
    assert told == cleaned[: len(cleaned) - dropped]
    assert all(len(piece) == size for piece in pieces[:-1])


@pytest.mark.parametrize(("count", "kept"), [(2, False), (3, True), (6, True), (7, False)])
def test_songs_of_too_few_or_too_many_lines_are_dropped(count, kept):
    assert bool(cut(["月"] * count, least_lines=3, most_lines=6)) == kept


def test_long_songs_are_cut_while_they_are_read():
    taken = []
    pieces = Cutter(piece_lines=4, least_lines=2, most_lines=None, least_last_lines=1, keep_spaces=False).pieces(
        taken.append(i) or "月" for i in range(10**9)
    )
    assert [next(pieces), next(pieces)] == [("月",) * 4] * 2
    assert len(taken) == 8


def test_contradictions_are_named():
    with pytest.raises(InputError, match=r"data\.least_lines: must be at least 1, not 0"):
        cut([], least_lines=0)
    with pytest.raises(InputError, match=r"data\.most_lines: is 3, but data\.least_lines is 4"):
        cut([], least_lines=4, most_lines=3)
