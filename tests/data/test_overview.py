"""Counts of experiences: the same of a world as of the store that it is kept in."""

from dataclasses import replace

import numpy as np
import pytest

from mmtg.data.experience import Experience, Step
from mmtg.data.overview import overview
from mmtg.data.passing import encoded_for_now
from mmtg.encoders.precomputed import UnheardEncoder
from mmtg.stats import Resampling, rater_agreement
from mmtg.world import CONCEPTS, World

NOUNS = {name: concept.nouns for name, concept in CONCEPTS.items()}
WORLD = World(picture_size=8)
TRAIN = [WORLD.experience("train", i) for i in range(25)]
TEST = [WORLD.experience("test", i) for i in range(6)]


@pytest.mark.parametrize("experiences", [TRAIN, TEST])
def test_a_store_counts_as_what_it_was_made_of(experiences):
    sizes = {"steps": 5, "lines_per_step": 2, "batch_size": 8}
    with encoded_for_now(experiences, UnheardEncoder(), **sizes) as split:
        kept = overview((split.store[i] for i in range(len(split.store))), NOUNS)
    drawn = overview(experiences, NOUNS)
    assert replace(kept, _scores=[]) == replace(drawn, _scores=[])
    for name, scores in drawn.scores.items():
        assert np.array_equal(scores, kept.scores[name])


def test_counts_add_up():
    found = overview(TRAIN, NOUNS)
    assert found.experiences == 25
    assert found.steps == 125
    assert found.ratings == dict.fromkeys(range(1, 6), 5)
    assert sum(found.topics.values()) == 25
    assert found.lines == {10: 25}
    assert sum(found.characters.values()) == 250
    assert sum(found.concepts.values()) == sum(len(names) for e in TRAIN for names in e.plan)
    assert not +found.missing
    assert found.scores == {}


def test_texts_drift_from_the_plan_as_ratings_fall():
    shares = overview((WORLD.experience("train", i) for i in range(200)), NOUNS).named_share()
    assert list(shares) == [5, 4, 3, 2, 1]
    assert shares[5] > shares[4] > shares[3] > shares[2]


def test_what_is_missing_is_counted():
    bare = Experience("a", "t", (Step(text="x"), Step(picture=lambda: None), Step()))
    found = overview([bare])
    assert found.missing == {"picture": 2, "text": 2}
    assert found.ratings == {None: 1}
    assert not found.lines
    assert not found.named


def test_scores_are_those_that_statistics_want():
    scores = overview(TEST).scores
    assert {name: table.shape for name, table in scores.items()} == dict.fromkeys(
        ("img_rel", "r_rel", "cmp_rel"), (6, 5, 2)
    )
    assert rater_agreement(scores, Resampling(100, 1, 0.95))["raters_img_rel_kappa"].mean > 0.5
