"""Pictures: every concept under every sky, each like itself and unlike the others."""

import numpy as np
import pytest
from PIL import Image

from mmtg.world import CONCEPTS, SKIES, World, contact_sheet
from mmtg.world.dice import stream
from mmtg.world.painters import PAINTERS


def draw(world: World, concept: str, sky: str = "day-clear", number: int = 0) -> np.ndarray:
    return np.asarray(world.picture(concept, sky, stream("picture", number)), dtype=np.int16)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_every_concept_has_a_painter_and_every_painter_a_concept():
    assert set(PAINTERS) == set(CONCEPTS)


@pytest.mark.parametrize("name", CONCEPTS)
def test_a_concept_can_be_painted_under_every_sky_and_stands_out(world, name):
    for sky in SKIES:
        picture = world.picture(name, sky, stream(name, sky))
        assert (picture.mode, picture.size) == ("RGB", (64, 64))
        assert np.asarray(picture, dtype=float).std(axis=(0, 1)).max() > 15


def test_pictures_of_two_concepts_differ(world):
    pictures = [draw(world, name) for name in CONCEPTS]
    for number, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 4 for other in pictures[:number])


def test_jitter_makes_every_picture_new_and_the_same_rng_the_same(world):
    for name in CONCEPTS:
        one, other = draw(world, name, number=1), draw(world, name, number=2)
        assert np.abs(one - other).mean() > 1
        assert (one == draw(world, name, number=1)).all()


def test_skies_differ(world):
    pictures = [draw(world, "moon", sky) for sky in SKIES]
    assert len({picture.tobytes() for picture in pictures}) == len(SKIES) == 20


def test_size_can_be_chosen():
    world = World(picture_size=32)
    assert world.picture("moon", "night-snow", stream(1)).size == (32, 32)
    assert world.experience("train", 0).steps[0].picture().size == (32, 32)


def test_contact_sheet(world, tmp_path):
    contact_sheet(world, tmp_path / "sheet.png", columns=10, instances=2)
    with Image.open(tmp_path / "sheet.png") as page:
        assert page.width == 10 * (2 * 64 + 4)
        assert page.height > 64 * len(CONCEPTS) // 10
