"""The words of the world: one noun, one concept; lines of the right length, and very many of them."""

from itertools import permutations

import pytest

from mmtg.errors import InputError
from mmtg.world import CONCEPTS, MOODS, SKIES, THEMES, World, mentions
from mmtg.world.alphabet import characters, filler_words
from mmtg.world.backdrop import SCENES
from mmtg.world.dice import stream
from mmtg.world.grammar import LONGEST, SHORTEST, Setting, every_line
from mmtg.world.phrases import EMPHATIC, MOOD_WORDS, PLAIN
from mmtg.world.poems import KINDS


def mentioned(text) -> set[str]:
    return {name for name in CONCEPTS if mentions(text, name)}


def test_enough_concepts_each_with_all_its_words():
    assert len(CONCEPTS) >= 48
    for name, concept in CONCEPTS.items():
        assert name == concept.name
        assert 2 <= len(concept.nouns) <= 4
        assert all(len(noun) <= 3 for noun in concept.nouns)
        assert concept.scene in SCENES
        assert len(concept.place) == 1
        assert min(map(len, (concept.adjectives, concept.predicates, concept.acts))) >= 3
        assert all(len(adjective) == 2 for adjective in concept.adjectives)


def test_no_noun_lies_within_a_noun_of_another_concept():
    for one, other in permutations(CONCEPTS.values(), 2):
        for noun in one.nouns:
            assert not any(noun in longer for longer in other.nouns), (noun, other.nouns)


def test_no_noun_lies_within_any_other_word():
    nouns = [noun for concept in CONCEPTS.values() for noun in concept.nouns]
    for word in filler_words():
        assert not [noun for noun in nouns if noun in word], word


def test_themes_favour_concepts_there_are_and_leave_none_out():
    assert len(THEMES) >= 12
    favoured = {concept for theme in THEMES.values() for concept in theme.concepts}
    assert favoured == set(CONCEPTS)
    assert all(len(word) <= 3 for theme in THEMES.values() for word in theme.topics)
    assert all(len(set(theme.concepts)) >= 8 for theme in THEMES.values())


def test_moods_have_words_of_their_own():
    assert tuple(MOOD_WORDS) == MOODS
    for slot in MOOD_WORDS["neutral"]:
        options = [option for words in MOOD_WORDS.values() for option in words[slot]]
        assert len(set(options)) == len(options), slot


def test_a_text_tells_the_kind_of_its_step_by_its_wording():
    def openings(templates):
        return {template.split("{")[0] for template in templates}

    assert not openings(EMPHATIC) & openings(PLAIN)
    assert all("{noun}" in template for template in EMPHATIC + PLAIN)
    assert len(KINDS) == 3


def test_more_than_a_million_distinct_lines():
    setting = Setting(THEMES["parting"], "negative", SKIES["night-rain"])
    lines: set[str] = set()
    for first, second in permutations(CONCEPTS, 2):
        lines.update(every_line("pair", setting, first, second))
        if len(lines) > 1_000_000:
            break
    assert len(lines) > 1_000_000


@pytest.mark.parametrize("sky", ["dawn-clear", "night-rain"])
def test_every_line_of_one_concept_names_that_concept_alone(sky):
    for name, theme in zip(CONCEPTS, list(THEMES.values()) * 4, strict=True):
        setting = Setting(theme, "negative", SKIES[sky])
        lines = list(every_line("seen", setting, name))
        assert all(SHORTEST <= len(line) <= LONGEST and mentions(line, name) for line in lines)
        assert mentioned(lines) == {name}


@pytest.mark.parametrize("mood", MOODS)
def test_lines_of_mood_name_no_concept(mood):
    for theme, sky in zip(THEMES.values(), SKIES.values(), strict=False):
        assert not mentioned(every_line("mood", Setting(theme, mood, sky)))


def test_captions_name_their_concept_alone_and_vary():
    world = World()
    for name in CONCEPTS:
        captions = {world.caption(name, stream("caption", name, number)) for number in range(40)}
        assert all(mentions(caption, name) for caption in captions)
        assert mentioned(captions) == {name}
        assert len(captions) > 15


def test_characters_are_sorted_single_and_complete():
    every = characters()
    assert every == sorted(set(every))
    assert all(len(character) == 1 and not character.isascii() for character in every)
    world, known = World(), set(every)
    for index in range(1500):
        item = world.experience("train", index)
        written = [item.topic, *item.lines, *(step.text for step in item.steps)]
        assert known.issuperset("".join(written))
    for number, name in enumerate(CONCEPTS):
        assert known.issuperset(world.caption(name, stream("caption", number)))


def test_mentions_takes_a_line_or_lines_and_refuses_unknown_names():
    assert mentions("今夜月光照着空城", "moon")
    assert mentions(["走过石桥", "今夜月光照着空城"], "moon")
    assert not mentions("岁月", "moon")
    with pytest.raises(InputError, match="mooon"):
        mentions("今夜月光照着空城", "mooon")
