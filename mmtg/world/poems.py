"""A poem and what inspired it, before any picture is drawn or any rating given."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from mmtg.world.concepts import CONCEPTS
from mmtg.world.dice import Dice
from mmtg.world.grammar import Setting, write_line
from mmtg.world.skies import MOODS, SKIES, Sky
from mmtg.world.texts import emphatic_text, mood_text, plain_text
from mmtg.world.themes import THEMES, Theme

KINDS = ("picture", "text", "both")
"""What the couplet of a step speaks of."""

_NAMES = tuple(CONCEPTS)
_THEMES = tuple(THEMES.values())


@dataclass(frozen=True)
class StepDraft:
    """One step of a poem.

    Attributes:
        kind: one of KINDS.
        shown: name of the concept in the picture.
        told: name of the concept in the text; empty if the text is a mood.
        setting: theme, mood and sky.
        text: the step's text.
        lines: the lines of the step.
    """

    kind: str
    shown: str
    told: str
    setting: Setting
    text: str
    lines: tuple[str, ...]

    @property
    def plan(self) -> tuple[str, ...]:
        """Names of the concepts the lines speak of."""
        return {"picture": (self.shown,), "text": (self.told,), "both": (self.shown, self.told)}[self.kind]


@dataclass(frozen=True)
class Draft:
    """A poem with what inspired it.

    Attributes:
        theme: what it is about.
        topic: one topic word, or two joined by "，".
        steps: one draft per step.
    """

    theme: Theme
    topic: str
    steps: tuple[StepDraft, ...]

    @property
    def concepts(self) -> set[str]:
        """Names of all concepts in its pictures and texts."""
        return {name for step in self.steps for name in (step.shown, step.told) if name}


@dataclass(frozen=True, kw_only=True)
class Habits:
    """The numbers by which poems are drawn.

    Attributes:
        steps: steps of a poem.
        lines_per_step: lines of a step.
        kind_weights: how often each of KINDS comes, in proportion.
        theme_bias: chance that a concept is one its theme favours.
        mood_constancy: chance that a step keeps the mood of its poem rather than a neutral one.
        pair_share: chance that picture and text meet in one line, in steps that speak of both.
        two_topics: chance of a second topic word.
        scene_first: chance that a step's lines go from what is seen over what is told to the mood, and not in
            any order.
    """

    steps: int
    lines_per_step: int
    kind_weights: tuple[float, float, float]
    theme_bias: float
    mood_constancy: float
    pair_share: float
    two_topics: float
    scene_first: float


def draw_poem(habits: Habits, dice: Dice, *, not_theme: str = "", without: Collection[str] = ()) -> Draft:
    """Draw a poem.

    Args:
        habits: the numbers to draw by.
        dice: all chance.
        not_theme: name of a theme it must not have.
        without: names of concepts it should do without.

    Returns:
        The poem, its concepts all different as long as there are enough.
    """
    theme = dice.pick([theme for theme in _THEMES if theme.name != not_theme])
    mood = dice.weighted(range(len(MOODS)), theme.moods)
    used = set(without)
    steps = tuple(_draw_step(habits, theme, mood, used, dice) for _ in range(habits.steps))
    return Draft(theme, _topic(theme, habits.two_topics, dice), steps)


def _topic(theme: Theme, two: float, dice: Dice) -> str:
    words = dice.shuffled(theme.topics)
    return "，".join(words[: 2 if dice.chance(two) else 1])


def draw_concept(favoured: Sequence[str], bias: float, used: Collection[str], dice: Dice) -> str:
    """A concept not yet used, with a chance of bias a favoured one; a used one only if none is left."""
    if dice.chance(bias):
        fresh = [name for name in favoured if name not in used]
        if fresh:
            return dice.pick(fresh)
    return dice.pick([name for name in _NAMES if name not in used] or _NAMES)


def _draw_step(habits: Habits, theme: Theme, mood: int, used: set[str], dice: Dice) -> StepDraft:
    """Draw one step; the concepts it takes are added to those used."""
    kind = dice.weighted(KINDS, habits.kind_weights)
    if not dice.chance(habits.mood_constancy):
        mood = MOODS.index("neutral")
    shown = draw_concept(theme.concepts, habits.theme_bias, used, dice)
    used.add(shown)
    setting = Setting(theme, MOODS[mood], dice.weighted(*_fitting_skies(shown, mood)))
    told = ""
    if kind != "picture":
        told = draw_concept(theme.concepts, habits.theme_bias, used | {shown}, dice)
        used.add(told)
    text = _text(kind, told, setting.mood, dice)
    lines = _couplet(kind, shown, told, setting, habits, dice)
    return StepDraft(kind, shown, told, setting, text, lines)


@cache
def _fitting_skies(concept: str, mood: int) -> tuple[tuple[Sky, ...], tuple[float, ...]]:
    """The skies under which poems meet the concept, and how well each fits the mood."""
    thing = CONCEPTS[concept]
    skies = tuple(sky for sky in SKIES.values() if sky.time in thing.times and sky.weather in thing.weathers)
    return skies, tuple(sky.moods[mood] / sum(sky.moods) for sky in skies)


def _text(kind: str, told: str, mood: str, dice: Dice) -> str:
    if kind == "picture":
        return mood_text(mood, dice)
    return (emphatic_text if kind == "text" else plain_text)(CONCEPTS[told], dice)


def _couplet(kind: str, shown: str, told: str, setting: Setting, habits: Habits, dice: Dice) -> tuple[str, ...]:
    """Write the lines of a step: first those the plan needs, then lines of mood."""
    count = habits.lines_per_step
    if kind == "picture":
        jobs = [("seen", shown, "")]
    elif kind == "text":
        jobs = [("remembered", told, ""), ("told", told, "")][:count]
    elif count == 1 or dice.chance(habits.pair_share):
        jobs = [("pair", shown, told)]
    else:
        jobs = [("seen", shown, ""), ("told", told, "")]
    jobs += [("mood", "", "")] * (count - len(jobs))
    lines: dict[str, None] = {}
    for line_kind, first, second in jobs:
        size = len(lines)
        while len(lines) == size:
            lines[write_line(line_kind, setting, dice, first, second)] = None
    return tuple(lines) if dice.chance(habits.scene_first) else tuple(dice.shuffled(tuple(lines)))
