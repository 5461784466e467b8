"""What a picture is to show, said in words: one thing of the picture world, and perhaps the time and the weather."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from mmtg.errors import InputError
from mmtg.world.concepts import CONCEPTS
from mmtg.world.names import TIME_NAMES, WEATHER_ADJECTIVES, WEATHER_NAMES
from mmtg.world.skies import SKIES, TIMES, WEATHERS

THING, TIME, WEATHER = "thing", "time", "weather"
PLAIN_TIME, PLAIN_WEATHER = "day", "clear"  # where nothing is said of them, and the thing is met then
NO_WORDS = frozenset("的在里中")
_PIECES = re.compile(r"[a-z]+|[\u4e00-\u9fff]+")


@cache
def known_words() -> dict[str, tuple[str, str]]:
    """The words that are understood: of each what it names, such as ``("time", "night")``."""
    words: dict[str, tuple[str, str]] = {}
    for sky in SKIES.values():
        kinds = ((TIME, sky.time, TIME_NAMES), (WEATHER, sky.weather, WEATHER_NAMES))
        for kind, name, names in kinds:
            words |= dict.fromkeys((name, *names[name]), (kind, name))
        words |= dict.fromkeys(WEATHER_ADJECTIVES[sky.weather], (WEATHER, sky.weather))
    for concept in CONCEPTS.values():
        words |= dict.fromkeys((concept.name, *concept.nouns), (THING, concept.name))
    return words


def shown_by(words: str) -> tuple[str, str]:
    """The concept and the sky that words name, such as ``moon, night, snow`` or ``雪天的小河``.

    Args:
        words: English names or Chinese nouns, in any order.

    Returns:
        Names of a concept and a sky; a time or a weather that is not named is one that suits the concept.

    Raises:
        InputError: a word is unknown, nothing is named, or two things are.
    """
    found: dict[str, str] = {}
    for word in _words(words.lower()):
        kind, name = _meaning(word)
        if found.setdefault(kind, name) != name:
            raise InputError(f"a picture has one {kind}; '{words.strip()}' names {found[kind]} and {name}")
    if THING not in found:
        raise InputError(f"names nothing that can be drawn; name one of {', '.join(CONCEPTS)}, or its Chinese noun")
    concept = CONCEPTS[found[THING]]
    time = found.get(TIME) or _suitable(PLAIN_TIME, concept.times)
    weather = found.get(WEATHER) or _suitable(PLAIN_WEATHER, concept.weathers)
    return concept.name, f"{time}-{weather}"


def _suitable(plain: str, met: tuple[str, ...]) -> str:
    return plain if plain in met else met[-1]


def _words(text: str) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if piece.isascii():
            yield piece
        else:
            yield from _chinese(piece)


def _chinese(piece: str) -> Iterator[str]:
    """The longest known words from the left; what stands between them is given as it is."""
    longest, between, place = max(map(len, known_words())), "", 0
    while place < len(piece):
        ends = range(min(len(piece), place + longest), place, -1)
        word = next((piece[place:end] for end in ends if piece[place:end] in known_words()), None)
        if word is None and piece[place] not in NO_WORDS:
            between += piece[place]
        elif between:
            yield between
            between = ""
        if word is not None:
            yield word
        place += len(word or piece[place])
    if between:
        yield between


def _meaning(word: str) -> tuple[str, str]:
    if word not in known_words():
        near = get_close_matches(word, known_words(), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; times: {', '.join(TIMES)}; {', '.join(WEATHERS)}"
        raise InputError(f"'{word}' is unknown{hint}")
    return known_words()[word]
