"""Experiences: reproducible, true to their plan, and as far from it as their rating says."""

import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from mmtg.data.experience import SCORE_RANGES
from mmtg.errors import InputError
from mmtg.world import CONCEPTS, SKIES, THEMES, World, mentions
from mmtg.world.dice import Dice, stream
from mmtg.world.poems import KINDS


def mentioned(text) -> set[str]:
    return {name for name in CONCEPTS if mentions(text, name)}


def words(item):
    """All of an item that can be compared: its pictures by their keys."""
    steps = [(step.text, step.picture_key) for step in item.steps]
    return item.id, item.topic, steps, item.lines, item.rating, item.scores, item.plan


def texts(item) -> list[str]:
    return [step.text for step in item.steps]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def items(world):
    return [world.experience("train", index) for index in range(1000)]


def test_items_do_not_depend_on_what_is_drawn_before(world, items):
    again = {index: World().experience("train", index) for index in (900, 3, 57, 4)}
    assert all(words(items[index]) == words(item) for index, item in again.items())


def test_items_are_the_same_in_another_process(items):
    code = (
        "from mmtg.world import World; i = World().experience('train', 57); "
        "print(ascii([i.topic, i.lines, [s.text for s in i.steps], i.steps[2].picture().tobytes()[:300]]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    item = items[57]
    here = [item.topic, item.lines, texts(item), item.steps[2].picture().tobytes()[:300]]
    assert out.strip() == ascii(here)


def test_seed_split_and_index_all_matter(world, items):
    first = items[0].lines
    assert World(seed=2).experience("train", 0).lines != first
    assert world.experience("val", 0).lines != first
    assert items[1].lines != first
    assert len({item.lines for item in items}) == len(items)


def test_poem_is_that_of_the_experience_whatever_its_rating(world, items):
    assert all(world.poem("train", index) == (item.topic, item.lines) for index, item in enumerate(items[:50]))


def test_form(world, items):
    for index, item in enumerate(items):
        assert item.id == f"train-{index:06d}"
        assert len(item.steps) == len(item.plan) == 5
        assert len(item.lines) == 10
        assert all(4 <= len(line) <= 9 for line in item.lines)
        assert all(line[2 * i] != line[2 * i + 1] for line in [item.lines] for i in range(5))
        assert 2 <= len(item.topic) <= 7
        assert all(any(word in theme.topics for theme in THEMES.values()) for word in item.topic.split("，"))
        assert item.scores is None


def test_ratings_come_in_equal_shares(items):
    assert Counter(item.rating for item in items) == dict.fromkeys(range(1, 6), 200)


def test_every_couplet_names_its_plan_and_nothing_else(items):
    for item in items:
        for step, plan in enumerate(item.plan):
            assert mentioned(item.lines[2 * step : 2 * step + 2]) == set(plan), item.id


def test_concepts_of_an_experience_are_all_different(items):
    for item in items:
        named = [name for plan in item.plan for name in plan]
        assert len(set(named)) == len(named)


def test_kinds_of_steps_come_in_the_shares_asked_for():
    def shares(world):
        kinds = Counter(step.kind for i in range(400) for step in world._draft("train", i).steps)
        return [kinds[kind] / kinds.total() for kind in KINDS]

    assert shares(World()) == pytest.approx([0.3, 0.25, 0.45], abs=0.04)
    assert shares(World(picture_share=0, text_share=1, both_share=0)) == [0, 1, 0]


def test_level_5_has_picture_and_text_of_its_couplet(items):
    for item in items[::5]:
        for step, plan in zip(item.steps, item.plan, strict=True):
            told = mentioned(step.text)
            assert set(plan) in ({step.picture.concept}, told, told | {step.picture.concept})


def own_texts(world: World, index: int) -> list[str]:
    return [step.text for step in world._draft("train", index).steps]


def changed(world: World, item, index: int) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(texts(item), own_texts(world, index), strict=True)) if a != b]


def test_levels_4_to_2_replace_one_three_and_all_texts_and_no_picture(world, items):
    for rating, count in ((5, 0), (4, 1), (3, 3), (2, 5)):
        for index in range(5 - rating, 300, 5):
            assert len(changed(world, items[index], index)) == count
            shown = [step.shown for step in world._draft("train", index).steps]
            assert [step.picture.concept for step in items[index].steps] == shown


def off_theme(world: World, item, index: int) -> int:
    favoured = set(world._draft("train", index).theme.concepts)
    told = (mentioned(texts(item)[step]) for step in changed(world, item, index))
    return sum(bool(names) and not names & favoured for names in told)


def test_replaced_texts_are_off_theme_as_the_level_has_it(world, items):
    assert {off_theme(world, items[index], index) for index in range(1, 300, 5)} == {0}
    at_3 = [off_theme(world, items[index], index) for index in range(2, 1000, 5)]
    assert set(at_3) == {1, 2}
    assert sum(at_3) / (3 * len(at_3)) == pytest.approx(0.5, abs=0.05)
    assert {off_theme(world, items[index], index) for index in range(3, 300, 5)} == {5}


def test_level_1_has_nothing_of_its_poem_and_another_theme(world, items):
    for index in range(4, 300, 5):
        item = items[index]
        planned = {name for plan in item.plan for name in plan}
        assert not planned & {step.picture.concept for step in item.steps}
        assert not planned & mentioned(texts(item))
        assert len(changed(world, item, index)) == 5


def test_test_split_is_rated_by_raters_and_true_to_its_plan(world):
    for index in range(50):
        item = world.experience("test", index)
        assert item.rating is None
        assert texts(item) == [step.text for step in world._draft("test", index).steps]
        for scores in item.scores:
            for name, (low, high) in SCORE_RANGES.items():
                given = getattr(scores, name)
                assert len(given) == 2
                assert all(low <= score <= high for score in given)


def test_noiseless_raters_follow_the_plan():
    world = replace(World(), score_noise=0.0, raters=3)
    for index in range(30):
        item = world.experience("test", index)
        for step, plan, scores in zip(item.steps, item.plan, item.scores, strict=True):
            shown = step.picture.concept in plan
            told = bool(mentioned(step.text) & set(plan))
            assert set(scores.cmp_rel) == {1 if shown and told else 0 if shown else 2}
            assert all((score >= 4) == shown for score in scores.img_rel)
            assert all((score >= 4) == told for score in scores.r_rel)


def test_skies_fit_concept_and_mood(world):
    drafts = [step for i in range(400) for step in world._draft("train", i).steps]
    for step in drafts:
        concept = CONCEPTS[step.shown]
        assert step.setting.sky.time in concept.times
        assert step.setting.sky.weather in concept.weathers
    rain = Counter(step.setting.mood for step in drafts if step.setting.sky.weather == "rain")
    clear = Counter(step.setting.mood for step in drafts if step.setting.sky.weather == "clear")
    assert rain["negative"] / rain.total() > clear["negative"] / clear.total()


def test_equal_keys_are_equal_pictures(items):
    seen = {}
    for item in items[:40]:
        for step in item.steps:
            pixels = step.picture().tobytes()
            assert seen.setdefault(step.picture_key, pixels) == pixels
    assert len(set(seen.values())) == len(seen) == 200


def test_pictures_can_be_shared_between_experiences():
    world = World(pictures_per_scene=1)
    steps = [step for i in range(60) for step in world.experience("train", i).steps]
    by_key = {}
    for step in steps:
        assert by_key.setdefault(step.picture_key, step.picture) == step.picture
    assert len(by_key) < len(steps)


def test_steps_and_world_cross_process_borders(world, items):
    step = pickle.loads(pickle.dumps(items[7].steps[1]))
    assert step.picture().tobytes() == items[7].steps[1].picture().tobytes()
    assert pickle.loads(pickle.dumps(world)) == world


@pytest.mark.parametrize(("steps", "lines"), [(1, 1), (2, 3), (3, 2), (40, 2)])
def test_other_numbers_of_steps_and_lines(steps, lines):
    world = World(steps=steps, lines_per_step=lines)
    for index in range(10):
        item = world.experience("train", index)
        assert len(item.steps) == steps
        assert len(item.lines) == steps * lines
        for step, plan in enumerate(item.plan):
            assert mentioned(item.lines[lines * step : lines * (step + 1)]) == set(plan)


def test_derangement_leaves_nothing_in_place():
    for number in range(100):
        order = Dice(stream("order", number)).derangement(2 + number % 5)
        assert sorted(order) == list(range(len(order)))
        assert all(place != other for place, other in enumerate(order))


def test_labels(world):
    labels = world.labels("moon", "night-clear")
    assert (labels.object, labels.scene, labels.time, labels.weather) == ("moon", "sky", "night", "clear")
    assert {world.labels("moon", sky).sentiment for sky in SKIES} == {"negative", "neutral", "positive"}


@pytest.mark.parametrize(
    "mistake", [{"steps": 0}, {"score_noise": 2}, {"text_share": -1}, {"pictures_per_scene": 0}, {"seed": -1}]
)
def test_numbers_out_of_range_are_refused(mistake):
    with pytest.raises(InputError, match=next(iter(mistake))):
        World(**mistake)


def test_unknown_names_and_negative_indices_are_refused(world):
    with pytest.raises(InputError, match="unicorn"):
        world.picture("unicorn", "day-clear", stream(1))
    with pytest.raises(InputError, match="midnight"):
        world.picture("moon", "midnight", stream(1))
    with pytest.raises(InputError, match="index"):
        world.experience("train", -1)


def test_the_world_does_without_torch():
    code = "import sys, mmtg.world; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
