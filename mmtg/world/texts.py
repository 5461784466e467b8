"""Step texts and captions."""

from mmtg.world.concepts import Concept
from mmtg.world.dice import Dice
from mmtg.world.phrases import EMPHATIC, MOOD_TEXT_PREFIXES, MOOD_WORDS, PLAIN


def _name(template: str, concept: Concept, dice: Dice) -> str:
    return template.format(noun=dice.pick(concept.nouns), adjective=dice.pick(concept.adjectives))


def emphatic_text(concept: Concept, dice: Dice) -> str:
    """A text about nothing but the concept."""
    return _name(dice.pick(EMPHATIC), concept, dice)


def plain_text(concept: Concept, dice: Dice) -> str:
    """A text that names the concept in passing."""
    return _name(dice.pick(PLAIN), concept, dice)


def mood_text(mood: str, dice: Dice) -> str:
    """A text that names no concept, only a mood (one of MOODS)."""
    return dice.pick(MOOD_TEXT_PREFIXES) + dice.pick(MOOD_WORDS[mood]["mood_text"])


def caption(concept: Concept, dice: Dice) -> str:
    """A short phrase that names the concept: bare, described, at work, or as step texts do."""
    form = dice.below(6)
    if form == 0:
        return dice.pick(concept.nouns)
    if form == 1:
        return f"{dice.pick(concept.adjectives)}的{dice.pick(concept.nouns)}"
    if form == 2:
        return dice.pick(concept.nouns) + dice.pick(concept.predicates)
    if form == 3:
        return dice.pick(concept.acts) + dice.pick(concept.nouns)
    return (emphatic_text if form == 4 else plain_text)(concept, dice)
