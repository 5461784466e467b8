"""Every character the world can write."""

from collections.abc import Iterator

from mmtg.world import captions, names, remarks
from mmtg.world.concepts import CONCEPTS
from mmtg.world.filling import literals
from mmtg.world.phrases import COMMON_WORDS, EMPHATIC, MOOD_TEXT_PREFIXES, MOOD_WORDS, PLAIN
from mmtg.world.questions import question_words
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


def post_words() -> Iterator[str]:
    """All words that posts, comments, captions, questions and answers are made of, beside those of poems."""
    grammars = (remarks.ON_CONCEPT, remarks.ON_SKY, remarks.ON_TOLD, remarks.ON_NEWS, remarks.POST_ON_DAY)
    for templates in (*grammars, captions.TELLING, captions.BARE):
        yield from literals(templates)
    tables = (remarks.ON_TIME, remarks.ON_WEATHER, remarks.ON_MOOD, remarks.OF_MOOD)
    for table in (*tables, names.TIME_NAMES, names.WEATHER_ADJECTIVES, names.WEATHER_NEWS, names.PLACES):
        for options in table.values():
            yield from options
    yield from question_words()


def post_characters() -> list[str]:
    """All characters of posts, comments, captions, questions and answers, and those of poems, sorted."""
    return sorted(set(characters()).union(*post_words()))
