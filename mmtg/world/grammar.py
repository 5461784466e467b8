"""The grammar of lines: templates whose slots are filled from the words of concepts, moods and skies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from mmtg.world.concepts import CONCEPTS, Concept
from mmtg.world.dice import Dice
from mmtg.world.phrases import COMMON_WORDS, MOOD_WORDS, Words
from mmtg.world.skies import SKIES, Sky
from mmtg.world.themes import THEMES, Theme

SHORTEST, LONGEST = 4, 9
"""Fewest and most characters of a line (design of the suite)."""

Template = tuple[tuple[str, str], ...]


def _templates(*rows: str) -> tuple[Template, ...]:
    """Each row holds slots such as ``a.noun``: the source of the words and what is wanted from it."""
    return tuple(tuple((part.split(".")[0], part.split(".")[1]) for part in row.split()) for row in rows)


TEMPLATES: dict[str, tuple[Template, ...]] = {
    # The concept of the picture, under its sky.
    "seen": _templates(
        "sky.opening a.noun a.predicate",
        "sky.opening any.who a.act a.noun",
        "sky.opening a.adjective any.of a.noun",
        "a.adjective any.of a.noun a.predicate",
        "a.noun a.place mood.clause",
    ),
    # A concept remembered.
    "remembered": _templates(
        "any.memory a.noun a.predicate",
        "any.memory a.adjective any.of a.noun",
        "any.memory any.who a.act a.noun",
        "mood.feeling any.like a.adjective any.of a.noun",
        "a.noun any.witness mood.feeling",
    ),
    # Any concept.
    "told": _templates(
        "a.adjective any.of a.noun a.predicate",
        "a.noun a.place mood.clause",
        "a.noun a.place any.who mood.clause",
        "a.noun a.place theme.clause",
        "any.who mood.adverb a.act a.noun",
        "any.who a.act a.adjective any.of a.noun",
        "mood.feeling any.like a.adjective any.of a.noun",
        "a.noun any.witness mood.feeling",
    ),
    # Two concepts in one line.
    "pair": _templates(
        "a.noun a.place b.act b.noun",
        "a.noun a.place mood.adverb b.act b.noun",
        "a.noun a.place any.who b.act b.noun",
        "a.noun any.and_ b.noun mood.together",
    ),
    # No concept.
    "mood": _templates(
        "any.who mood.adverb mood.clause",
        "sky.opening any.who mood.clause",
        "sky.opening theme.clause",
        "mood.feeling mood.moves",
        "mood.clause theme.clause",
    ),
}
"""Templates by what a line speaks of."""


def _concept_words(concept: Concept) -> Words:
    return {
        "noun": concept.nouns,
        "place": (concept.place,),
        "adjective": concept.adjectives,
        "predicate": concept.predicates,
        "act": concept.acts,
    }


_CONCEPT_WORDS = {name: _concept_words(concept) for name, concept in CONCEPTS.items()}
_SKY_WORDS: dict[str, Words] = {name: {"opening": sky.openings} for name, sky in SKIES.items()}
_THEME_WORDS: dict[str, Words] = {name: {"clause": theme.clauses} for name, theme in THEMES.items()}


@dataclass(frozen=True)
class Setting:
    """What colours a line beside its concepts.

    Attributes:
        theme: the theme of the poem.
        mood: one of MOODS.
        sky: the sky of the step's picture.
    """

    theme: Theme
    mood: str
    sky: Sky


def write_line(kind: str, setting: Setting, dice: Dice, first: str = "", second: str = "") -> str:
    """Write one line.

    Args:
        kind: a key of TEMPLATES.
        setting: theme, mood and sky.
        dice: chooses template and words.
        first: name of the concept the line speaks of; empty for a line of the kind ``mood``.
        second: name of the other concept of a line of the kind ``pair``.

    Returns:
        A line of SHORTEST to LONGEST characters.
    """
    sources = _sources(setting, first, second)
    while True:
        parts = [dice.pick(sources[source][slot]) for source, slot in dice.pick(TEMPLATES[kind])]
        line = "".join(parts)
        if SHORTEST <= len(line) <= LONGEST and _unrepeated(parts):
            return line


def _unrepeated(parts: Sequence[str]) -> bool:
    """Whether no character ends one part and begins the next, and no word of two characters comes twice."""
    line = "".join(parts)
    pairs = [line[i : i + 2] for i in range(len(line) - 1)]
    return len(set(pairs)) == len(pairs) and all(x[-1] != y[0] for x, y in pairwise(parts))


def _sources(setting: Setting, first: str, second: str) -> Mapping[str, Words]:
    sources = {
        "any": COMMON_WORDS,
        "mood": MOOD_WORDS[setting.mood],
        "sky": _SKY_WORDS[setting.sky.name],
        "theme": _THEME_WORDS[setting.theme.name],
    }
    if first:
        sources["a"] = _CONCEPT_WORDS[first]
    if second:
        sources["b"] = _CONCEPT_WORDS[second]
    return sources


def every_line(kind: str, setting: Setting, first: str = "", second: str = "") -> Iterator[str]:
    """All lines that write_line can write with the same arguments; some come more than once."""
    sources = _sources(setting, first, second)
    for template in TEMPLATES[kind]:
        for parts in product(*(sources[source][slot] for source, slot in template)):
            if SHORTEST <= sum(map(len, parts)) <= LONGEST and _unrepeated(parts):
                yield "".join(parts)
