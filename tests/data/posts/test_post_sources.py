"""Real posts as sources: splits, vocabulary, and what is refused."""

import pytest

from mmtg.artefacts import Artefacts
from mmtg.data.post_vocabulary import SPECIALS
from mmtg.errors import InputError
from mmtg.instantiate import build
from tests.data.posts.conftest import LETTERS, jpeg


@pytest.fixture
def source(composed, tmp_path):
    """A source at a folder with a vocabulary."""
    (tmp_path / "vocab.txt").write_bytes("\r\n".join([*SPECIALS, *sorted(set(LETTERS)), ""]).encode())

    def of(name, *overrides, root=tmp_path):
        return build(composed(f"data={name}", f"data.root={root}", *overrides).data)

    return of


@pytest.fixture
def images(tmp_path):
    """Pictures of the captions and questions below."""
    (tmp_path / "images").mkdir()
    for i in range(40):
        (tmp_path / "images" / f"COCO_val2014_{i:012d}.jpg").write_bytes(jpeg(i))
        (tmp_path / "images" / f"{i}.jpg").write_bytes(jpeg(i))


def ids(posts):
    return {name: [own[i].id for i in range(len(own))] for name, own in posts.items()}


def test_the_published_lists(composed, shared, published):
    root = shared / "data" / "cromic"
    own = ("data.val=[example]", "data.test=[example]")
    made = build(composed("data=cromic", f"data.root={root}", *own).data)
    posts = made.posts("comments", published)
    assert {name: len(split) for name, split in posts.items()} == {"train": 10, "val": 10, "test": 10}
    vocabulary = made.make_vocabulary({}, Artefacts(root))
    assert (len(vocabulary), vocabulary.start, vocabulary.end) == (21128, 101, 102)
    assert vocabulary.tokens == published.vocabulary.tokens
    assert made.identity()["records"]
    assert (made.brings_posts, made.brings_experiences) == (True, False)


def test_a_share_is_held_out(source, shard, tokens, tmp_path):
    shard("one", [f"a{i}" for i in range(30)])
    shard("two", [f"b{i}" for i in range(30)])
    shares = ("data.train=[one,two]", "data.val_share=0.2", "data.test_share=0.2")
    found = ids(source("cromic", *shares).posts("comments", tokens))
    assert sorted(i for own in found.values() for i in own) == sorted(f"{s}{i}" for s in "ab" for i in range(30))
    assert min(map(len, found.values())) > 4
    own = ids(source("cromic", *shares, "data.train=[one]", "data.val=[two]").posts("comments", tokens))
    assert own["val"] == [f"b{i}" for i in range(30)]
    assert len(own["train"]) + len(own["test"]) == 30
    with pytest.raises(InputError, match="val 0"):
        source("cromic", "data.train=[one]", "data.val_share=0").posts("comments", tokens)


def test_captions_train_one_by_one(source, save, images, padded, tokens):
    save({i: [padded("春"), padded("鸟")] for i in range(40)}, "train.pt")
    posts = source("cromic_captions", "data.val_share=0.2", "data.test_share=0.2").posts("captions", tokens)
    assert {len(posts["train"][i].replies) for i in range(len(posts["train"]))} == {1}
    assert {len(posts["val"][i].replies) for i in range(len(posts["val"]))} == {2}
    assert len(posts["train"]) / 2 + len(posts["val"]) + len(posts["test"]) == 40


def test_questions_of_both_lessons(source, save, images, padded, tokens, tmp_path):
    qids = list(range(80))
    content = {
        "all_qid": qids, "qid2ques": dict.fromkeys(qids, padded("春")), "qid2vid": {q: q // 2 for q in qids},
    }  # fmt: skip
    save({**content, "qid2ans": dict.fromkeys(qids, padded("鸟"))}, "train.pt")
    made = source("cromic_questions", "data.val_share=0.2", "data.test_share=0.2")
    posts = made.posts("answers", tokens)
    keys = {name: {own[i].picture_key for i in range(len(own))} for name, own in posts.items()}
    assert not keys["train"] & keys["val"]
    assert sum(map(len, keys.values())) == 40
    assert (len(made.answers()), made.answers()[7]) == (3129, "7")
    save({**content, "qid2ans": {qid: [1, 1] for qid in qids}}, "train.pt")
    (tmp_path / "answers.txt").write_text("没有\n有\n", encoding="utf-8")
    made = source("cromic_questions", "data.answer_texts=answers.txt", "data.val=train.pt", "data.test=train.pt")
    assert made.answers() == ["没有", "有"]
    assert made.posts("classes", tokens)["train"][0].votes == {1: 0.6}


def test_lessons_that_data_do_not_have(source, tokens):
    for name, lesson in {"cromic": "captions", "cromic_captions": "comments", "cromic_questions": "comments"}.items():
        with pytest.raises(InputError, match=rf"model\.learns: is {lesson}"):
            source(name).posts(lesson, tokens)
    with pytest.raises(InputError, match="has no posts to learn comments"):
        source("ccpc").posts("comments", tokens)


def test_vocabularies_that_are_refused(source, tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[CLS]", encoding="utf-8")
    with pytest.raises(InputError, match=r"vocab\.txt: data\.vocabulary: the vocabulary lacks"):
        source("cromic").make_vocabulary({}, Artefacts(tmp_path))
