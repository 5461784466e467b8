"""Relevance, and img2poem's overall figure against the printed table."""

import json

import pytest
import torch

from mmtg.metrics import Relevance, overall


def test_relevance_is_the_cosine():
    metric = Relevance()
    metric.update(torch.tensor([[1.0, 0], [3.0, 4.0]]), torch.tensor([[0, 2.0], [6.0, 8.0]]))
    assert metric.values().tolist() == pytest.approx([0, 1])
    assert float(metric.compute()) == pytest.approx(0.5)


def test_the_published_table(shared):
    table = json.loads((shared / "golden" / "img2poem" / "overall_table.json").read_text(encoding="utf-8"))
    methods = {row["method"]: dict(zip(table["columns"], row["values"], strict=True)) for row in table["rows"]}
    found = overall(methods)
    for row in table["rows"]:
        assert found[row["method"]] == pytest.approx(row["overall_recomputed"], rel=1e-9)
        assert found[row["method"]] == pytest.approx(row["overall_printed"], abs=0.005)
    fewer = overall(dict(list(methods.items())[:7]))
    assert list(fewer.values()) == pytest.approx(table["overall_of_the_first_seven_rows_alone"], rel=1e-9)


def test_figures_that_tell_nothing_apart_are_left_out():
    assert overall({"a": {"x": 1, "y": 5}, "b": {"x": 2, "y": 5}}) == {"a": 0, "b": 100}
    assert overall({"a": {"x": 1}, "b": {"x": 1}}) == overall({}) == {}
