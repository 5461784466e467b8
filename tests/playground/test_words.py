"""Words name one thing of the world under one sky."""

import pytest

from mmtg.errors import InputError
from mmtg.playground.words import known_words, shown_by
from mmtg.world.concepts import CONCEPTS
from mmtg.world.skies import SKIES


@pytest.mark.parametrize("concept", list(CONCEPTS.values()), ids=list(CONCEPTS))
def test_every_concept_is_found_by_each_of_its_nouns_under_each_sky(concept):
    for noun in (concept.name, *concept.nouns):
        name, sky = shown_by(noun)
        assert name == concept.name
        assert SKIES[sky].time in concept.times
        assert SKIES[sky].weather in concept.weathers
        for other in SKIES.values():
            assert shown_by(f"{other.weather} {other.time}, {noun}") == (concept.name, other.name)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("moon, night, snow", ("moon", "night-snow")),
        ("月亮", ("moon", "night-clear")),
        ("Boat", ("boat", "day-clear")),
        ("夜里下雪的雪山", ("mountain", "night-snow")),
        ("雪天的小河 dusk", ("river", "dusk-snow")),
        ("向日葵，太阳"[:3], ("sunflower", "day-clear")),
    ],
)
def test_words_are_read_in_both_languages(words, shown):
    assert shown_by(words) == shown


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("", "names nothing"),
        ("night, snow", "names nothing"),
        ("moon and river", "'and' is unknown"),
        ("moon river", "moon and river"),
        ("moon dawn night", "dawn and night"),
        ("mooon", "did you mean moon"),
        ("一条小河", "'一条' is unknown"),
        ("月", "did you mean 月"),
    ],
)
def test_what_cannot_be_drawn_is_named(words, what):
    with pytest.raises(InputError, match=what):
        shown_by(words)


def test_no_word_names_two_things():
    pairs = [(word, meaning) for word, meaning in known_words().items() if meaning[0] == "thing"]
    assert len(pairs) == sum(1 + len(concept.nouns) for concept in CONCEPTS.values())
