"""Order of concepts and where they are mentioned: by hand."""

import math

import pytest

from mmtg.metrics import OrderAccuracy, StepConfusion
from mmtg.metrics.plan_order import own_concepts
from mmtg.metrics.text import Item, Text

NOUNS = {"moon": ("月亮", "明月"), "boat": ("小船",), "bell": ("钟",)}
PLAN = (("moon",), ("boat", "bell"))


def order(*texts, plan=PLAN):
    metric = OrderAccuracy(NOUNS)
    metric.update([Item(tuple(map(Text.of_lines, texts)), plan=plan)])
    return float(metric.compute())


def test_pairs_of_different_steps_in_order():
    assert order(["明月", "小船", "钟"]) == 1
    assert order(["小船", "明月", "钟"]) == 0.5
    assert order(["小船"], ["月亮小船", "月亮"]) == 1
    assert math.isnan(order(["小船钟"]))


def test_a_concept_of_two_steps_has_no_place_of_its_own():
    assert own_concepts((("moon", "boat"), ("moon",))) == {"boat": 0}
    assert math.isnan(order(["小船", "明月"], plan=(("moon",), ("boat", "moon"))))


def test_confusion():
    metric = StepConfusion(NOUNS, steps=2, lines_per_step=1)
    metric.update(
        [Item((Text.of_lines(["月亮钟", "小船"]), Text.of_lines(["", "明月"])), plan=PLAN), Item((Text("月亮"),))]
    )
    assert metric.compute().tolist() == [[0.5, 0.5], [0.25, 0.25]]


def test_steps_without_concepts_have_no_row():
    metric = StepConfusion(NOUNS, steps=2, lines_per_step=1)
    metric.update([Item((Text.of_lines(["月亮", ""]),), plan=(("moon",), ()))])
    [first, second] = metric.compute().tolist()
    assert first == [1, 0]
    assert second == pytest.approx([math.nan] * 2, nan_ok=True)
