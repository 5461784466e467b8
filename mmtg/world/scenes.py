"""Chance for a picture of one concept under a sky that suits it."""

from dataclasses import dataclass
from functools import cache

from mmtg.errors import InputError
from mmtg.world.concepts import CONCEPTS, Concept
from mmtg.world.dice import Dice, stream
from mmtg.world.pictures import Drawing
from mmtg.world.skies import SKIES, Sky

_CONCEPTS = tuple(CONCEPTS.values())


@dataclass(frozen=True)
class Scene:
    """A picture with what is in it, and the chance for what is said of it.

    Attributes:
        id: names it.
        concept: what is to be seen.
        sky: above it.
        picture: the picture itself.
        dice: all chance for words.
    """

    id: str
    concept: Concept
    sky: Sky
    picture: Drawing
    dice: Dice


@cache
def suitable_skies(concept: str) -> tuple[Sky, ...]:
    """The skies under which poems meet a concept."""
    thing = CONCEPTS[concept]
    return tuple(sky for sky in SKIES.values() if sky.time in thing.times and sky.weather in thing.weathers)


def draw_scene(use: str, seed: int, side: int, split: str, index: int) -> Scene:
    """Draw what a picture shows.

    Args:
        use: what the picture is for; pictures of two uses have nothing to do with each other.
        seed: of the world.
        side: width and height of the picture in pixels.
        split: name of the split.
        index: place in the split, >= 0.

    Returns:
        The scene, with chance left for words.

    Raises:
        InputError: the index is negative.
    """
    if index < 0:
        raise InputError(f"must be >= 0, not {index}", record=f"split {split}", field="index")
    dice = Dice(stream(use, seed, split, index))
    concept = dice.pick(_CONCEPTS)
    sky = dice.pick(suitable_skies(concept.name))
    picture = Drawing(concept.name, sky.name, side, (use, seed, split, index))
    return Scene(f"{use}-{split}-{index:06d}", concept, sky, picture, dice)


def another(concept: Concept, dice: Dice) -> Concept:
    """Any other concept."""
    return dice.pick([other for other in _CONCEPTS if other is not concept])
