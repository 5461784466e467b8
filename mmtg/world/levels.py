"""Ratings 5 to 1: how far texts and pictures have drifted from the lines (MMTG, five rating levels)."""

from mmtg.world.concepts import CONCEPTS
from mmtg.world.dice import Dice
from mmtg.world.poems import Draft, Habits, StepDraft, draw_concept, draw_poem
from mmtg.world.skies import MOODS
from mmtg.world.texts import emphatic_text, mood_text, plain_text
from mmtg.world.themes import THEMES

HIGHEST = 5
"""The rating of an experience whose pictures and texts all belong to its lines."""

_REPLACED_AT_3 = 3


def rating_of(index: int) -> int:
    """The rating of an item by its index, so that all five come equally often."""
    return HIGHEST - index % HIGHEST


def level_texts(rating: int, draft: Draft, dice: Dice) -> list[str]:
    """The texts of an experience at a rating.

    Args:
        rating: 2 to 5. At 5 all texts are the poem's own; at 4 one is replaced by another of the theme; at 3
            three are replaced, one or two of them off theme; at 2 all are off theme.
        draft: the poem.
        dice: chooses steps and texts.

    Returns:
        One text per step; every replaced text differs from the one it replaces.
    """
    texts = [step.text for step in draft.steps]
    used = set(draft.concepts)
    for step, off_theme in _replacements(rating, len(texts), dice):
        draw = _text_off_theme if off_theme else _text_on_theme
        texts[step] = draw(draft, draft.steps[step], used, dice)
    return texts


def _replacements(rating: int, steps: int, dice: Dice) -> list[tuple[int, bool]]:
    """Which steps get another text, and whether that text is off theme."""
    order = dice.shuffled(range(steps))
    if rating == 4:
        return [(order[0], False)]
    if rating == 3:
        off = 1 + dice.below(2)
        return [(step, place < off) for place, step in enumerate(order[:_REPLACED_AT_3])]
    return [(step, True) for step in order] if rating == 2 else []


def _text_on_theme(draft: Draft, step: StepDraft, used: set[str], dice: Dice) -> str:
    """A text naming a favoured concept the poem lacks, or a mood the step lacks."""
    fresh = [name for name in draft.theme.concepts if name not in used]
    if fresh and dice.chance(0.75):
        return _naming(dice.pick(fresh), used, dice)
    return mood_text(dice.pick([mood for mood in MOODS if mood != step.setting.mood]), dice)


def _text_off_theme(draft: Draft, step: StepDraft, used: set[str], dice: Dice) -> str:
    """A text naming a concept that another theme favours, and this one does not."""
    favoured = THEMES[dice.pick([name for name in THEMES if name != draft.theme.name])].concepts
    foreign = draw_concept(favoured, 1.0, used.union(draft.theme.concepts), dice)
    return _naming(foreign, used, dice)


def _naming(concept: str, used: set[str], dice: Dice) -> str:
    used.add(concept)
    return dice.pick((emphatic_text, plain_text))(CONCEPTS[concept], dice)


def draw_elsewhere(habits: Habits, draft: Draft, dice: Dice) -> tuple[Draft, list[int]]:
    """Where the pictures and texts of the lowest rating come from.

    Args:
        habits: the numbers poems are drawn by.
        draft: the poem they do not belong to.
        dice: all chance.

    Returns:
        A poem of another theme, without the concepts of this one as far as possible, and an order of its
        steps in which none keeps its place; no text is the poem's own at the same step.
    """
    while True:
        other = draw_poem(habits, dice, not_theme=draft.theme.name, without=draft.concepts)
        order = dice.derangement(len(other.steps))
        if all(other.steps[place].text != step.text for place, step in zip(order, draft.steps, strict=True)):
            return other, order
