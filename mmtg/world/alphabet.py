"""Every character the world can write."""

from collections.abc import Iterator

from mmtg.world.concepts import CONCEPTS
from mmtg.world.phrases import COMMON_WORDS, EMPHATIC, MOOD_TEXT_PREFIXES, MOOD_WORDS, PLAIN
from mmtg.world.skies import SKIES
from mmtg.world.themes import THEMES


def filler_words() -> Iterator[str]:
    """All words that lines, texts, topics and captions are made of, but for the nouns of concepts."""
    for concept in CONCEPTS.values():
        yield from (concept.place, *concept.adjectives, *concept.predicates, *concept.acts)
    for words in (COMMON_WORDS, *MOOD_WORDS.values()):
        for options in words.values():
            yield from options
    for template in EMPHATIC + PLAIN:
        yield from template.replace("{adjective}", "\n").replace("{noun}", "\n").split("\n")
    yield from MOOD_TEXT_PREFIXES
    for theme in THEMES.values():
        yield from (*theme.topics, *theme.clauses)
    for sky in SKIES.values():
        yield from sky.openings


def characters() -> list[str]:
    """All characters that any line, text, topic or caption can contain, sorted."""
    nouns = (noun for concept in CONCEPTS.values() for noun in concept.nouns)
    return sorted(set("，").union(*nouns, *filler_words()))
