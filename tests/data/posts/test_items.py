"""Captioned pictures and questions: each published format, places of pictures, and what is refused."""

import base64
import pickle
from types import SimpleNamespace

import pytest

from mmtg.data.posts.captions import captioned_pictures
from mmtg.data.posts.picture_places import open_places
from mmtg.data.posts.pictures_lmdb import write_pictures
from mmtg.data.posts.questions import answered_questions, classified_questions, soft_labels
from mmtg.errors import InputError
from tests.data.posts.conftest import jpeg

LIMIT = 10_000
COCO = ["COCO_train2014_{:012d}.jpg", "COCO_val2014_{:012d}.jpg"]
TEXTS = ("春", "眠不", "不觉", "处", "鸟鸟")


@pytest.fixture
def place(tmp_path):
    """Writes pictures as one of the three kinds and opens them."""

    def of(names, kind="folder"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}{'.tsv' if kind == 'table' else ''}"
        if kind == "lmdb":
            write_pictures(path, [(name, jpeg(i)) for i, name in enumerate(names)])
        elif kind == "table":
            rows = [f"{n}\t{base64.urlsafe_b64encode(jpeg(i)).decode()}\n" for i, n in enumerate(names)]
            path.write_text("".join(rows), encoding="utf-8")
        else:
            path.mkdir()
            for i, name in enumerate(names):
                (path / name).write_bytes(jpeg(i))
        return open_places([str(path)], max_pixels=LIMIT, field="data.pictures")

    return of


@pytest.fixture
def files(save, padded):
    """Writes each published format."""

    def aic():
        return save(
            {"all_did": ["1.jpg", "2.jpg"], "did2cap": {n: [padded(t) for t in TEXTS] for n in ("1.jpg", "2.jpg")}}
        )

    def flickr(mark="zhb"):
        names = [f"{n}#{mark}#{i}" for i in range(5) for n in (1, 2)]
        return save({"all_did": names, "id2cap": {n: padded(TEXTS[int(n[-1])]) for n in names}})

    def muge(test=False):
        texts = [padded(t) for t in TEXTS]
        return save({1: texts[0] if test else texts, 2: texts[0] if test else texts})

    def questions(answers):
        qids = list(answers)
        vids = dict(zip(qids, (7, 123, 7), strict=False))
        return save(
            {"all_qid": qids, "qid2ques": {q: padded("春眠") for q in qids}, "qid2vid": vids, "qid2ans": answers}
        )

    return SimpleNamespace(aic=aic, flickr=flickr, muge=muge, questions=questions)


def texts_of(posts, tokens):
    return [[tokens.vocabulary.decode(reply) for reply in posts[i].replies] for i in range(len(posts))]


@pytest.mark.parametrize("kind", ["aic", "flickr", "muge"])
def test_captions(files, place, tokens, kind):
    posts = captioned_pictures(getattr(files, kind)(), tokens, place(["1.jpg", "2.jpg"]))
    assert texts_of(posts, tokens) == [list(TEXTS)] * 2
    assert posts.sizes == [2]
    assert (posts[0].text, posts[0].picture().size) == ((), (24, 16))
    assert posts[0].picture_key != posts[1].picture_key
    pairs = posts.pairs()
    assert texts_of(pairs, tokens) == [[text] for text in TEXTS] * 2
    assert len({pairs[i].id for i in range(10)}) == 10
    assert len({pairs[i].picture_key for i in range(10)}) == 2


def test_captions_of_tests(files, place, tokens):
    pictures = place(["1.jpg", "2.jpg"])
    assert texts_of(captioned_pictures(files.muge(test=True), tokens, pictures), tokens) == [["春"]] * 2
    assert texts_of(captioned_pictures(files.flickr("zhm"), tokens, pictures), tokens) == [list(TEXTS)] * 2


@pytest.mark.parametrize("kind", ["folder", "lmdb", "table"])
def test_places_of_pictures(files, place, tokens, kind):
    names = ["1", "2"] if kind == "table" else ["1.jpg", "2.jpg"]
    posts = pickle.loads(pickle.dumps(captioned_pictures(files.muge(), tokens, place(names, kind))))
    colours = [posts[i].picture().getpixel((0, 0))[0] for i in range(2)]
    assert abs(colours[0]) < 4
    assert abs(colours[1] - 37) < 4
    with pytest.raises(InputError, match=r"data\.pt: did '2': .*'2' or '2\.jpg'"):
        captioned_pictures(files.muge(), tokens, place(names[:1], kind))


def test_the_first_place_gives_a_picture(tmp_path, files, tokens):
    for name, shade in {"one": 1, "two": 4}.items():
        (tmp_path / name).mkdir()
        for number in ("1",) if name == "one" else ("1", "2"):
            (tmp_path / name / f"{number}.jpg").write_bytes(jpeg(shade))
    both = open_places([str(tmp_path / "one"), str(tmp_path / "two")], max_pixels=LIMIT, field="f")
    posts = captioned_pictures(files.muge(), tokens, both)
    assert [str(tmp_path / n) in posts[i].picture_key for i, n in enumerate(("one", "two"))] == [True, True]


def test_broken_tables(tmp_path):
    table = tmp_path / "images.tsv"
    table.write_bytes(b"\xef\xbb\xbf1\t" + base64.urlsafe_b64encode(jpeg(3)) + b"\r\n2\t!!!!\n3\tAAAA")
    places = open_places([str(table)], max_pixels=LIMIT, field="f")
    opener = {name: places.opener(name, file=table, record="r") for name in "123"}
    assert opener["1"]().size == (24, 16)
    for name, word in {"2": "base64", "3": "no picture"}.items():
        with pytest.raises(InputError, match=f"images.tsv: id '{name}'.*{word}"):
            opener[name]()
    for content, word in {b"1\tAA\n1\tAA": "line 2: id: '1' is there already", b"1 AA": "line 1: has no tab"}.items():
        table.write_bytes(content)
        with pytest.raises(InputError, match=word):
            open_places([str(table)], max_pixels=LIMIT, field="f")
    for paths in ([], [str(tmp_path / "none")]):
        with pytest.raises(InputError, match=r"data\.pictures"):
            open_places(paths, max_pixels=LIMIT, field="data.pictures")


def coco(*numbers):
    return [name.format(number) for number, name in zip(numbers, COCO, strict=False)]


def test_answered_questions(files, place, padded, tokens):
    file = files.questions({11: padded("鸟"), "b": [padded("春"), padded("眠")]})
    posts = answered_questions(file, tokens, place(coco(7, 123)), picture_names=COCO)
    assert texts_of(posts, tokens) == [["鸟"], ["春", "眠"]]
    assert tokens.vocabulary.decode(posts[0].text) == "春眠"
    assert posts[1].picture_key.endswith("COCO_val2014_000000000123.jpg")
    assert (posts[0].id, posts[0].picture().size) == ("11", (24, 16))


def test_classified_questions(files, place, save, tokens):
    file = files.questions({1: [4, 4, 2, 0], 2: [], 3: [1] * 10})
    kinds = save({1: "yes/no", 2: "number", 3: "other"}, "kinds.pt")
    posts = classified_questions(file, tokens, place(coco(7, 123)), picture_names=COCO, classes=5, kinds=kinds)
    assert [posts[i].votes for i in range(3)] == [{4: 0.6, 2: 0.3, 0: 0.3}, {}, {1: 1.0}]
    assert [posts[i].kind for i in range(3)] == ["yes/no", "number", "other"]
    assert posts[0].replies == ()
    assert posts[0].picture_key == posts[2].picture_key


def test_soft_labels():
    assert [soft_labels([7] * votes).get(7, 0.0) for votes in range(6)] == [0.0, 0.3, 0.6, 0.9, 1.0, 1.0]


def test_what_is_refused_of_questions(files, place, save, padded, tokens):
    pictures = place(coco(7, 123))
    options = {"picture_names": COCO, "classes": 5}

    def refused(words, answers, **more):
        with pytest.raises(InputError) as raised:
            classified_questions(files.questions(answers), tokens, pictures, **{**options, **more})
        for word in ("data.pt", *words) if "picture_names" not in more else words:
            assert word in str(raised.value)

    refused(["qid 1", "qid2ans", "5 is outside 0..4"], {1: [5]})
    refused(["qid 1", "kind"], {1: [0]}, kinds=save({2: "other"}, "kinds.pt"))
    refused(["data.picture_names"], {1: [0]}, picture_names=["{a}.jpg"])
    refused(["qid 1", "no picture 'COCO_7.jpg'"], {1: [0]}, picture_names=["COCO_{}.jpg"])
    with pytest.raises(InputError, match=r"qid 1: qid2ans.*\[CLS\]"):
        answered_questions(files.questions({1: [0]}), tokens, pictures, picture_names=COCO)
    for content, word in ({"all_did": ["1"]}, "did2cap or id2cap"), ({"did2cap": {}}, "all_did"), ({}, "all_did"):
        with pytest.raises(InputError, match=word):
            captioned_pictures(save(content), tokens, pictures)
