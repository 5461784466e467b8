"""Posts, captions and questions: reproducible, true to their pictures, and closed."""

import subprocess
import sys
from collections import Counter
from itertools import product

import pytest

from mmtg.errors import InputError
from mmtg.world import CONCEPTS, SKIES, World, mentions
from mmtg.world.alphabet import post_words
from mmtg.world.captions import BARE, TELLING
from mmtg.world.filling import concept_slots, slots_of
from mmtg.world.names import TIME_NAMES, WEATHER_ADJECTIVES
from mmtg.world.questions import ANNOTATORS, ANSWERS, QUESTIONS, VAGUE
from mmtg.world.remarks import OF_MOOD, ON_CONCEPT, ON_MOOD, ON_NEWS, ON_SKY, ON_TIME, ON_TOLD, ON_WEATHER
from mmtg.world.scenes import suitable_skies

COUNT = 3000


def mentioned(text) -> set[str]:
    return {name for name in CONCEPTS if mentions(text, name)}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def posts(world):
    return [world.post("train", index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def captions(world):
    return [world.captioned("train", index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def questions(world):
    return [world.question("train", index) for index in range(COUNT)]


def test_items_do_not_depend_on_what_is_drawn_before(world, posts, captions, questions):
    for index in (700, 3, 57):
        assert World().post("train", index) == posts[index]
        assert World().captioned("train", index) == captions[index]
        assert World().question("train", index) == questions[index]
    assert world.post("val", 3) != posts[3] != World(seed=2).post("train", 3)


def test_items_are_the_same_in_another_process(posts, questions):
    code = (
        "from mmtg.world import World; w = World(); "
        "print(ascii([w.post('train', 57), w.question('train', 57), w.post('train', 57).picture().tobytes()[:300]]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == ascii([posts[57], questions[57], posts[57].picture().tobytes()[:300]])


def test_form(posts, captions, questions):
    for post in posts:
        assert 4 <= len(post.text) <= 14
        assert 2 <= len(post.comments) == len(set(post.comments)) <= 7
        assert all(3 <= len(comment) <= 12 for comment in post.comments)
    for item in captions:
        assert len(set(item.captions)) == 5
        assert all(4 <= len(caption) <= 16 for caption in item.captions)
    assert {len(post.comments) for post in posts} == set(range(2, 8))
    for items in (posts, captions, questions):
        assert len({item.id for item in items}) == len({item.picture.key for item in items}) == COUNT
        assert {item.concept for item in items} == set(CONCEPTS)
        assert all(item.picture.sky in {sky.name for sky in suitable_skies(item.concept)} for item in items)


def test_a_text_never_names_what_the_picture_shows_and_every_second_one_names_nothing(posts):
    named = [mentioned(post.text) for post in posts]
    assert not any(post.concept in names for post, names in zip(posts, named, strict=True))
    assert sum(map(bool, named)) / COUNT == pytest.approx(0.25, abs=0.03)
    assert max(map(len, named)) == 1


def test_comments_speak_of_the_picture_more_than_of_the_text(posts):
    comments = [(mentioned(comment), post) for post in posts for comment in post.comments]
    assert sum(post.concept in names for names, post in comments) / len(comments) == pytest.approx(0.6, abs=0.02)
    told = [names for names, post in comments if names and post.concept not in names]
    assert len(told) / len(comments) == pytest.approx(0.15 * 0.25, abs=0.01)
    for names, post in comments:
        assert names <= {post.concept} | mentioned(post.text)
    assert len({comment for post in posts for comment in post.comments}) > COUNT


def test_no_noun_of_a_concept_lies_within_any_other_word():
    nouns = {noun for concept in CONCEPTS.values() for noun in concept.nouns}
    for word in set(post_words()) - nouns:
        assert not [noun for noun in nouns if noun in word], word


def every_text(concept) -> str:
    """All that can be said of a concept under one sky, a line each."""
    slots = concept_slots(concept) | {"place": ["天上"], "opening": ["今夜"], "time": ["夜里"], "weather": ["下雨"]}
    texts = []
    for template in (*ON_CONCEPT, *ON_TOLD, *TELLING, *BARE):
        names = list(dict.fromkeys(slots_of(template)))
        texts += [template.format(**dict(zip(names, w, strict=True))) for w in product(*map(slots.get, names))]
    return "\n".join(texts)


def test_whatever_names_a_concept_names_no_other():
    assert len(set(ON_CONCEPT)) >= 40
    assert all("noun" in slots_of(template) for template in (*ON_CONCEPT, *ON_TOLD, *TELLING, *BARE))
    for concept in CONCEPTS.values():
        assert mentioned(every_text(concept)) == {concept.name}


def test_there_are_always_comments_enough():
    assert all(len(set(options)) >= 7 for table in (ON_MOOD, OF_MOOD) for options in table.values())
    assert len(ON_TOLD) >= 7
    assert len(ON_NEWS) >= 7
    assert len(ON_SKY) >= 7
    assert min(map(len, [*ON_TIME.values(), *ON_WEATHER.values()])) >= 3


def test_three_captions_of_five_tell_more_than_what_and_where(captions):
    for item in captions:
        assert all(mentioned(caption) == {item.concept} for caption in item.captions)
        sky, concept = SKIES[item.picture.sky], CONCEPTS[item.concept]
        telling = (*sky.openings, *TIME_NAMES[sky.time], *WEATHER_ADJECTIVES[sky.weather], *concept.predicates)
        assert sum(any(word in caption for word in telling) for caption in item.captions) >= 3


def test_questions_of_all_kinds_and_as_many_no_as_yes(questions):
    kinds = Counter(item.kind for item in questions)
    assert set(kinds) == set(QUESTIONS) == set(ANSWERS)
    assert min(kinds.values()) / COUNT == pytest.approx(1 / 6, abs=0.03)
    presence = [item for item in questions if item.kind == "yes/no"]
    there = [mentions(item.question, item.concept) for item in presence]
    assert sum(there) / len(there) == pytest.approx(0.5, abs=0.07)
    assert all(len(mentioned(item.question)) == 1 for item in presence)
    assert not mentioned(item.question for item in questions if item.kind != "yes/no")


def test_annotators_answer_by_synonyms_and_seldom_wrongly(questions):
    votes = Counter()
    for item in questions:
        sky, concept = SKIES[item.picture.sky], CONCEPTS[item.concept]
        presence = "yes" if mentions(item.question, item.concept) else "no"
        truth = {"object": item.concept, "time": sky.time, "weather": sky.weather, "scene": concept.scene}
        truth |= {"kind": concept.kind, "yes/no": presence}
        right = ANSWERS[item.kind][truth[item.kind]]
        votes.update("right" if v in right else "vague" if v in VAGUE else "wrong" for v in item.votes)
    assert votes["vague"] / votes.total() == pytest.approx(0.04, abs=0.01)
    assert votes["wrong"] / votes.total() == pytest.approx(0.06, abs=0.01)
    assert votes.total() == COUNT * ANNOTATORS


def test_synonyms_have_fixed_proportions(world):
    def share(split):
        items = [world.question(split, index) for index in range(4000)]
        said = Counter(v for item in items if item.kind == "yes/no" for v in item.votes)
        return [said[word] / said.total() for word in sorted({w for o in ANSWERS["yes/no"].values() for w in o})]

    assert share("train") == pytest.approx(share("val"), abs=0.04)


def test_answers_are_the_votes_by_number_and_all_known(world, questions):
    known = set(world.answers())
    assert world.answers() == sorted(known)
    for item in questions:
        counts = [item.votes.count(answer) for answer in item.answers]
        assert counts == sorted(counts, reverse=True)
        assert set(item.answers) == set(item.votes) <= known
        assert len(item.answers) == len(set(item.answers))


def test_characters_are_complete_and_none_too_many(world, posts, captions, questions):
    known, before = set(world.post_characters()), set(world.characters())
    assert world.post_characters() == sorted(known)
    assert before < known
    used = {c for post in posts for text in (post.text, *post.comments) for c in text}
    used |= {c for item in captions for c in "".join(item.captions)}
    used |= {c for item in questions for c in item.question + "".join(item.votes)}
    assert used <= known
    assert known - before <= used


def test_negative_indices_are_refused(world):
    for draw in (world.post, world.captioned, world.question):
        with pytest.raises(InputError, match="index"):
            draw("train", -1)
