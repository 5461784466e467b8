"""Five captions of one picture, as five people would give them."""

from dataclasses import dataclass

from mmtg.world.filling import Span, concept_slots, fill, words
from mmtg.world.names import PLACES, TIME_NAMES, WEATHER_ADJECTIVES
from mmtg.world.pictures import Drawing
from mmtg.world.scenes import Scene

CAPTIONS = 5
LEAST_TELLING = 3
"""How many captions at least tell more than what and where."""

CAPTION_SPAN: Span = (4, 16)

TELLING = words(
    """
    {opening}，{noun}{predicate} {opening}，{adjective}的{noun} {opening}，{adjective}的{noun}{predicate}
    {opening}，{place}有{noun} {time}的{noun} {time}，{noun}{predicate} {time}，{place}的{noun}
    {weather}的{time}，{noun}{predicate} {weather}的{time}，{adjective}的{noun} {weather}的{time}，{place}有{noun}
    {weather}的{time}和{noun} {noun}{predicate} {adjective}的{noun}{predicate} {place}的{noun}{predicate}
    {time}拍的{noun} {weather}时的{noun} {place}，{noun}{predicate} {predicate}的{noun}
    """
)
"""Captions that tell time, weather or what the thing does."""

BARE = words(
    """
    {adjective}的{noun} 图中有{noun} 一张{noun}的照片 {place}有{noun} {place}的{noun} {place}有{adjective}的{noun}
    眼前是{adjective}的{noun} 画面里是{noun} 拍的是{noun} 一幅{noun}的画
    """
)
"""Captions of the thing and its place alone."""


@dataclass(frozen=True)
class WorldCaption:
    """A captioned picture.

    Attributes:
        id: its name.
        picture: shows the concept.
        captions: five, all different, 4 to 16 characters each; each names the concept.
        concept: name of the concept.
    """

    id: str
    picture: Drawing
    captions: tuple[str, ...]
    concept: str


def write_captions(scene: Scene) -> WorldCaption:
    """Write the captions of a picture."""
    dice, sky = scene.dice, scene.sky
    slots = {
        **concept_slots(scene.concept),
        "opening": sky.openings,
        "time": TIME_NAMES[sky.time],
        "weather": WEATHER_ADJECTIVES[sky.weather],
        "place": PLACES[scene.concept.scene],
    }
    telling = LEAST_TELLING + dice.below(CAPTIONS - LEAST_TELLING + 1)
    captions: dict[str, None] = {}
    for number in range(CAPTIONS):
        captions[fill(TELLING if number < telling else BARE, slots, CAPTION_SPAN, dice, captions)] = None
    return WorldCaption(scene.id, scene.picture, tuple(dice.shuffled(tuple(captions))), scene.concept.name)
