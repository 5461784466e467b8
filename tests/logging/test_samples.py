"""Test outputs as a table, attention as means and as a picture."""

import numpy as np
import pytest

from mmtg.logging.attention import CELL, MARGIN, SOURCES, heat_map, mean_attention
from mmtg.logging.samples import ALWAYS, samples_table


def test_a_row_for_each_text(samples):
    columns, rows = samples_table(samples)
    assert columns == [*ALWAYS, "plan", "ratings"]
    assert [row[:4] for row in rows[:2]] == [["one", "moon", "a\nb", "c\nd"], ["one", "moon", "a\nb", "e"]]
    assert rows[0][4:] == ["moon, well\n", "img_rel 4 -\nimg_rel 1 2"]
    assert rows[2][4:] == ["", ""]


def test_columns_that_no_sample_fills_are_left_out(samples):
    columns, rows = samples_table(samples[1:])
    assert columns == ALWAYS
    assert {len(row) for row in rows} == {len(columns)}


def test_the_mean_is_over_the_steps_that_have_weights(samples):
    rows = mean_attention(samples)
    assert [(step, source) for step, source, _ in rows] == [(step, source) for step in (1, 2) for source in SOURCES]
    assert [weight for _, _, weight in rows] == pytest.approx([0.25, 0.5, 0.25, 0.2, 0.2, 0.6])


def test_of_a_system_without_attention_there_is_none():
    assert mean_attention([{"id": "one"}, {"id": "two", "attention": None}]) == []


def test_more_weight_is_darker():
    rows = [(1, source, weight) for source, weight in zip(SOURCES, (0.1, 0.3, 0.6), strict=True)]
    picture = np.asarray(heat_map(rows).convert("L")).astype(int)
    corners = [picture[MARGIN[1] + 2, MARGIN[0] + CELL[0] * column + 2] for column in range(len(SOURCES))]
    assert corners == sorted(corners, reverse=True)
    assert len(set(corners)) == len(SOURCES)
