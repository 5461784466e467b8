"""Rhyme and tones: known poems, broken ones, and real quatrains against their shuffled characters."""

import json
import random

import pytest

from mmtg.metrics import RhymeRate, ToneRegularity
from mmtg.metrics.pronunciation import level_tones, rhyme_of
from mmtg.metrics.prosody import rhyme_rate, tone_regularity
from mmtg.metrics.text import Item, Text

HERON_TOWER = ["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼"]


def test_rhyme_groups():
    assert rhyme_of("流") == rhyme_of("楼") == "you"
    assert rhyme_of("思") == "zhi" != rhyme_of("衣") == "qi"
    assert rhyme_of("银行") == rhyme_of("光") != rhyme_of("步行") == rhyme_of("生")
    assert rhyme_of("a") is None


def test_tones():
    assert level_tones("春眠不觉晓") == (True, True, False, True, False)
    assert level_tones("好吗a") == (False, None, None)


def test_a_regular_quatrain():
    assert rhyme_rate(HERON_TOWER) == 1
    assert tone_regularity(HERON_TOWER) == 1


def test_each_broken_rule_costs_its_share():
    """Ten rules: four alternations, two oppositions, one adhesion, three ends."""
    swapped = [HERON_TOWER[0], HERON_TOWER[1], HERON_TOWER[3], HERON_TOWER[2]]
    # the second couplet's lines change places: adhesion, and the ends of both lines
    assert tone_regularity(swapped) == pytest.approx(7 / 10)
    assert rhyme_rate(swapped) == 0


def test_a_character_does_not_rhyme_with_itself():
    assert rhyme_rate(["", "小楼", "", "高楼"]) == 0
    assert rhyme_rate(["", "小楼", "", "水流", "", "天空"]) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "lines", [["一二三四五"] * 3, ["一二三四五"] * 2, ["一二三四"] * 4, ["一二三四五", "一二三"] * 2, []]
)
def test_other_forms_have_no_tone_rules(lines):
    assert tone_regularity(lines) is None


def test_texts_without_a_value_are_left_out():
    item = Item((Text.of_lines(HERON_TOWER), Text.of_lines(["一"])))
    for metric in (RhymeRate(), ToneRegularity()):
        metric.update([item, Item((Text.of_lines(["一"]),))])
        assert float(metric.compute()) == 1


def test_real_quatrains_against_their_shuffled_characters(shared):
    records = (shared / "data" / "ccpc" / "ccpc_valid_v1.0.json").read_text(encoding="utf-8").splitlines()[:300]
    poems, dice = [json.loads(record)["content"].split("|") for record in records], random.Random(1)
    mixed = [_shuffled(poem, dice) for poem in poems]
    assert _mean(rhyme_rate, poems) > 0.7 > 0.15 > _mean(rhyme_rate, mixed)
    assert _mean(tone_regularity, poems) > 0.68 > 0.58 > _mean(tone_regularity, mixed)


def _shuffled(lines, dice):
    characters = list("".join(lines))
    dice.shuffle(characters)
    size = len(lines[0])
    return ["".join(characters[first : first + size]) for first in range(0, len(characters), size)]


def _mean(value, poems):
    return sum(map(value, poems)) / len(poems)
