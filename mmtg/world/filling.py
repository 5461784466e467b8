"""Templates with named slots, filled by chance within a length."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from string import Formatter

from mmtg.world.concepts import Concept
from mmtg.world.dice import Dice

Slots = Mapping[str, Sequence[str]]
Span = tuple[int, int]
"""Fewest and most characters."""


def words(text: str) -> tuple[str, ...]:
    """The words or templates of a text, which white space parts."""
    return tuple(text.split())


def concept_slots(concept: Concept) -> dict[str, Sequence[str]]:
    """The words of a concept by the slots they fill."""
    return {
        "noun": concept.nouns,
        "adjective": concept.adjectives,
        "predicate": concept.predicates,
        "act": concept.acts,
    }


def fill(templates: Sequence[str], slots: Slots, span: Span, dice: Dice, taken: Collection[str] = ()) -> str:
    """Fill one of some templates.

    Args:
        templates: to choose from.
        slots: the words for each slot of any of the templates.
        span: fewest and most characters.
        dice: chooses template and words.
        taken: texts that may not come again; there must be others.

    Returns:
        A text within the span.
    """
    while True:
        template = dice.pick(templates)
        text = template.format_map({slot: dice.pick(slots[slot]) for slot in slots_of(template)})
        if span[0] <= len(text) <= span[1] and text not in taken:
            return text


def slots_of(template: str) -> list[str]:
    """The names of a template's slots in their order."""
    return [slot for _, slot, _, _ in Formatter().parse(template) if slot]


def literals(templates: Sequence[str]) -> Iterator[str]:
    """What stands between the slots of some templates."""
    for template in templates:
        yield from (text for text, _, _, _ in Formatter().parse(template) if text)
