"""Posts: a text that never names what its picture shows, and comments that mostly do."""

from dataclasses import dataclass

from mmtg.world.concepts import Concept
from mmtg.world.dice import Dice
from mmtg.world.filling import Slots, Span, concept_slots, fill
from mmtg.world.names import TIME_NAMES, WEATHER_NEWS
from mmtg.world.pictures import Drawing
from mmtg.world.remarks import (
    OF_MOOD,
    ON_CONCEPT,
    ON_MOOD,
    ON_NEWS,
    ON_SKY,
    ON_TIME,
    ON_TOLD,
    ON_WEATHER,
    POST_ON_DAY,
)
from mmtg.world.scenes import Scene, another
from mmtg.world.skies import MOODS, Sky
from mmtg.world.texts import mood_text, plain_text

TEXT_SHARES = {"mood": 0.5, "concept": 0.25, "day": 0.25}
"""What a post's text speaks of, and how often: a mood, another concept than the picture's, or day and weather."""

COMMENT_SHARES = {"concept": 0.6, "sky": 0.15, "text": 0.15, "mood": 0.1}
"""What a comment speaks of, and how often: the picture's concept, its sky, the text, or a mood alone."""

COMMENTS: Span = (2, 7)
"""Fewest and most comments of a post."""

TEXT_SPAN: Span = (4, 14)
COMMENT_SPAN: Span = (3, 12)


@dataclass(frozen=True)
class WorldPost:
    """A post.

    Attributes:
        id: its name.
        text: 4 to 14 characters; it names another concept than the picture's, or none.
        picture: shows the concept.
        comments: 2 to 7, all different, 3 to 12 characters each.
        concept: name of the picture's concept.
    """

    id: str
    text: str
    picture: Drawing
    comments: tuple[str, ...]
    concept: str


@dataclass(frozen=True)
class _Subject:
    """What the comments of a post can speak of."""

    scene: Scene
    mood: str
    about: str
    told: Concept


def write_post(scene: Scene) -> WorldPost:
    """Write text and comments around a picture."""
    dice = scene.dice
    mood = dice.weighted(MOODS, scene.sky.moods)
    about = dice.weighted(tuple(TEXT_SHARES), tuple(TEXT_SHARES.values()))
    subject = _Subject(scene, mood, about, another(scene.concept, dice))
    text = _text(subject)
    count = COMMENTS[0] + dice.below(COMMENTS[1] - COMMENTS[0] + 1)
    comments: dict[str, None] = {}
    for _ in range(count):
        comments[_comment(subject, comments)] = None
    return WorldPost(scene.id, text, scene.picture, tuple(comments), scene.concept.name)


def sky_slots(sky: Sky) -> Slots:
    """The words for a sky by the slots they fill."""
    return {
        "time": ON_TIME[sky.time],
        "weather": ON_WEATHER[sky.weather],
        "clock": TIME_NAMES[sky.time],
        "news": WEATHER_NEWS[sky.weather],
    }


def _text(subject: _Subject) -> str:
    dice = subject.scene.dice
    if subject.about == "day":
        return fill(POST_ON_DAY, sky_slots(subject.scene.sky), TEXT_SPAN, dice)
    while True:
        text = mood_text(subject.mood, dice) if subject.about == "mood" else plain_text(subject.told, dice)
        if TEXT_SPAN[0] <= len(text) <= TEXT_SPAN[1]:
            return text


def _comment(subject: _Subject, taken: dict[str, None]) -> str:
    """One comment that is not taken."""
    dice = subject.scene.dice
    on = dice.weighted(tuple(COMMENT_SHARES), tuple(COMMENT_SHARES.values()))
    templates, slots = _grammar(subject, on, dice)
    return fill(templates, slots, COMMENT_SPAN, dice, taken)


def _grammar(subject: _Subject, on: str, dice: Dice) -> tuple[tuple[str, ...], Slots]:
    """Templates for a comment, and words for their slots."""
    if on == "concept":
        return ON_CONCEPT, concept_slots(subject.scene.concept)
    if on == "sky":
        return ON_SKY, sky_slots(subject.scene.sky)
    if on == "mood":
        return OF_MOOD[dice.weighted(MOODS, subject.scene.sky.moods)], {}
    return {
        "mood": (ON_MOOD[subject.mood], {}),
        "concept": (ON_TOLD, concept_slots(subject.told)),
        "day": (ON_NEWS, sky_slots(subject.scene.sky)),
    }[subject.about]
