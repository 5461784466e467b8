"""The world's posts as tokens: each lesson has what it needs, no item twice, votes as VQA v2.0 counts them."""

import pickle

import pytest

from mmtg.data.post_vocabulary import post_vocabulary
from mmtg.data.posts.post import ANSWERS, CAPTIONS, CLASSES, COMMENTS, LESSONS, PostTokens
from mmtg.data.posts.soft_labels import soft_labels
from mmtg.data.posts.world_posts import WorldPosts
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.world import World

WORLD = World()
TOKENS = PostTokens(post_vocabulary(WORLD.post_characters()), text=16, reply=18)


def of(lesson, split="train", count=40, **more) -> WorldPosts:
    return WorldPosts(WORLD, lesson=lesson, split=split, count=count, tokens=TOKENS, **more)


def test_soft_labels_are_those_of_vqa_2():
    votes = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4]
    assert soft_labels(votes) == {0: 0.3, 1: 0.6, 2: 0.9, 3: 1.0, 4: 1.0}
    assert soft_labels([]) == {}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_what_it_needs(lesson):
    posts = of(lesson)
    assert list(posts.sizes) == [len(posts)] == [40]
    for index in range(len(posts)):
        post = posts[index]
        assert bool(post.text) == (lesson != CAPTIONS)
        assert bool(post.replies) == (lesson != CLASSES)
        assert bool(post.votes) == (lesson == CLASSES)
        assert bool(post.kind) == (lesson in (ANSWERS, CLASSES))
        assert TOKENS.vocabulary.unk not in post.text + sum(post.replies, ())
        assert post.picture.key == post.picture_key
        assert post.plan == (post.picture.concept,)


def test_texts_and_replies_are_those_of_the_world():
    post, drawn = of(COMMENTS)[7], WORLD.post("comments-train", 7)
    assert TOKENS.vocabulary.decode(post.text) == drawn.text
    assert tuple(map(TOKENS.vocabulary.decode, post.replies)) == drawn.comments
    assert len(of(CAPTIONS)[7].replies) == 5


def test_votes_are_soft_labels_of_the_answers_given():
    answers = WORLD.answers()
    for index in range(20):
        votes, drawn = of(CLASSES)[index].votes, WORLD.question("classes-train", index)
        assert {answers[number] for number in votes} == set(drawn.answers)
        assert votes[answers.index(drawn.answers[0])] == max(votes.values())
    few = of(CLASSES, answers=["有"])
    assert all(set(few[index].votes) <= {0} for index in range(40))


def test_answers_to_write_are_those_that_two_agree_on():
    for index in range(40):
        drawn = WORLD.question("answers-train", index)
        written = [TOKENS.vocabulary.decode(reply) for reply in of(ANSWERS)[index].replies]
        assert written == [answer for answer in drawn.answers if drawn.votes.count(answer) > 1]


def test_no_picture_twice_and_the_same_again_elsewhere():
    keys = [
        of(lesson, split)[index].picture_key for lesson in LESSONS for split in ("train", "val") for index in range(9)
    ]
    assert len(set(keys)) == len(keys)
    again = pickle.loads(pickle.dumps(of(COMMENTS)))
    assert again[3] == of(COMMENTS)[3]


def test_mistakes_are_refused():
    with pytest.raises(InputError, match="lesson"):
        of("riddles")
    with pytest.raises(InputError, match="count"):
        of(COMMENTS, count=-1)
    for index in (40, -1):
        with pytest.raises(IndexError):
            of(COMMENTS)[index]


def test_the_world_as_a_source(composed):
    source = build(composed("model/size=debug").data)
    assert source.brings_posts
    assert source.answers() == WORLD.answers()
    assert source.post_characters() == WORLD.post_characters()
    for lesson in LESSONS:
        sizes = {name: len(posts) for name, posts in source.posts(lesson, TOKENS).items()}
        assert sizes == {"train": 24, "val": 8, "test": 8}


def test_other_sources_have_no_posts(composed):
    source = build(composed("data=ccpc", "data.root=missing").data)
    assert not source.brings_posts
    assert not list(source.post_characters()) + source.answers()
    with pytest.raises(InputError, match="no posts"):
        source.posts(COMMENTS, TOKENS)
