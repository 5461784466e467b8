"""Expansion by retrieval: the nearest poems, no pair twice, the whole file or none."""

import json

import pytest
import torch
from PIL import Image

from mmtg.encoders.base import unit
from mmtg.encoders.img2poem import Img2PoemEncoder
from mmtg.encoders.img2poem.corpus import read_pictured, read_poems
from mmtg.encoders.img2poem.expansion import distinct, nearest_poems
from mmtg.errors import InputError
from mmtg.tasks.expand import expand
from tests.encoders.img2poem.test_encoder import settings

POEMS = ["the moon\nrose", "a sea", "The  moon rose", "月光\n下", "a bird", "a fire"]


def test_the_nearest_are_the_nearest_and_never_ones_own():
    made = torch.Generator().manual_seed(4)
    images, poems = (unit(torch.randn(count, 5, generator=made)) for count in (7, 9))
    texts = [f"poem {number}" for number in range(9)]
    own = ["POEM  3", *["elsewhere"] * 6]
    for size in (1, 3, 7):
        found = list(nearest_poems(images, poems, texts, own, count=3, batch_size=size))
        for number, chosen in enumerate(found):
            order = (images[number] @ poems.T).argsort(descending=True).tolist()
            order = [place for place in order if (number, place) != (0, 3)]
            assert [place for place, _ in chosen] == order[:3]
            assert all(c == pytest.approx(float(images[number] @ poems[p]), abs=1e-6) for p, c in chosen)
    everything = next(nearest_poems(images, poems, texts, own, count=99, batch_size=4))
    assert sorted(place for place, _ in everything) == [0, 1, 2, 4, 5, 6, 7, 8]


def test_poems_that_differ_in_spaces_and_case_are_one():
    assert distinct(POEMS) == [POEMS[0], POEMS[1], *POEMS[3:]]


def test_corpora_of_all_kinds(tmp_path):
    records = [{"poem": poem, "id": number} for number, poem in enumerate(POEMS)]
    (tmp_path / "a.json").write_text(json.dumps(records), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    (tmp_path / "a.txt").write_text("\n\n\n".join(POEMS), encoding="utf-8")
    assert all(read_poems(tmp_path / f"a.{kind}") == POEMS for kind in ("json", "jsonl", "txt"))
    (tmp_path / "b.json").write_text('[{"id": 1}]', encoding="utf-8")
    with pytest.raises(InputError, match="poem"):
        read_poems(tmp_path / "b.json")


def test_the_real_pictures_are_found(shared):
    folder = shared / "data" / "multim_poem"
    found, missing = read_pictured(
        folder / "multim_poem.json", folder / "images", max_pixels=10**7, steps=1, lines_per_step=1
    )
    assert (len(found), missing) == (3, 8289)
    assert found[0].picture().size == (500, 333)


@pytest.fixture
def job(composed, tmp_path):
    """task=expand over three pictures, two of which are the same record twice."""
    torch.manual_seed(5)
    Img2PoemEncoder(settings()).save(tmp_path / "encoder")
    for name, colour in (("one", "red"), ("7", "blue")):
        Image.new("RGB", (50, 40), colour).save(tmp_path / f"{name}.jpg")
    urls = ["http://x/one.jpg", "http://x/lost.jpg", "http://x/one.jpg", "http://x/gone.jpg"]
    records = [
        {"poem": poem, "image_url": url, "id": number}
        for poem, url, number in zip(["a sea", "a bird", "a sea", "own"], urls, (0, 7, 2, 3), strict=True)
    ]
    (tmp_path / "pairs.json").write_text(json.dumps(records), encoding="utf-8")
    (tmp_path / "poems.txt").write_text("\n\n".join(POEMS), encoding="utf-8")

    def run(*also):
        given = {"encoder": "encoder", "input": "pairs.json", "images": "", "poems": "poems.txt", "output": "out.jsonl"}
        expand(composed("task=expand", *(f"task.{k}={tmp_path / v}" for k, v in given.items()), *also))
        return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    return run


def test_each_picture_gets_its_own_and_the_nearest_once(job, caplog):
    told = job("task.nearest=2")
    assert len(told) == 6
    assert [record["id"] for record in told] == list(range(6))
    assert [record["poem"] for record in told if record["cosine"] is None] == ["a sea", "a bird"]
    pairs = [(record["image_url"], record["poem"]) for record in told]
    assert len(set(pairs)) == 6
    assert [m for m in caplog.messages if "1 of 4 pictures" in m]
    with pytest.raises(InputError, match="already"):
        job()
    alone = job("task.nearest=2", "task.keep_own=false", "task.overwrite=true")
    assert [record["poem"] for record in alone] == [record["poem"] for record in told if record["cosine"] is not None]


def test_nothing_is_left_of_what_fails(job, tmp_path):
    (tmp_path / "one.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"one\.jpg"):
        job()
    assert not list(tmp_path.glob("*out.jsonl*"))
