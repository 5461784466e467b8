"""Pictures are the run's own or none."""

import base64
import io

import pytest
from PIL import Image

from mmtg.errors import InputError
from mmtg.report.pictures import Gallery
from mmtg.world import World
from tests.report.made_runs import DATA, WORLD, samples

KEY_OF = {"side": 16, "quality": 80, "largest": 64}


def key(sample):
    return sample["id"], sample["topic"], tuple(sample["reference"])


def opened(uri):
    head, _, body = uri.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def near(one, other):
    """Mean difference of colours; WebP loses some."""
    pairs = zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(one.convert("RGB").tobytes())


def test_pictures_and_texts_are_those_that_the_run_saw():
    sample, drawn = samples(2)[1], World(**WORLD).experience("test", 1)
    seen = Gallery(**KEY_OF).of(key(sample), DATA, 5)
    assert seen.note == ""
    assert list(seen.texts) == [step.text for step in drawn.steps]
    painted = [step.picture() for step in drawn.steps]
    for place, uri in enumerate(seen.pictures):
        distances = [near(opened(uri), picture) for picture in painted]
        assert distances.index(min(distances)) == place


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"world": {**WORLD, "seed": 4}}, "other lines"),
        ({"steps": 4}, "4 steps of 2 lines"),
        ({"world": {**WORLD, "unheard_of": 1}}, "cannot be drawn"),
        ({"world": {**WORLD, "picture_size": 65}}, "larger than"),
        ({"world": {**WORLD, "picture_size": "x"}}, "cannot be drawn"),
        ({"world": {**WORLD, "picture_share": float("nan")}}, "No pictures"),
        ({"world": {**WORLD, "picture_size": 16.5}}, "No pictures"),
        ({"world": {**WORLD, "seed": [1]}}, "No pictures"),
        ({"world": None}, "does not say"),
        ({"steps": 10**9, "lines_per_step": 10**9}, "steps of"),
    ],
)
def test_a_world_that_is_not_the_runs_gives_none(change, told):
    seen = Gallery(**KEY_OF).of(key(samples(1)[0]), {**DATA, **change}, 5)
    assert told in seen.note
    assert not seen.pictures


@pytest.mark.parametrize("name", ["7", "test-1", "../test-000001x", "test-" + "9" * 400])
def test_a_name_that_the_world_does_not_give(name):
    assert "no name of an experience" in Gallery(**KEY_OF).of((name, "t", ("a",) * 10), DATA, 5).note


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "thumbs").mkdir()
    Image.new("RGB", (40, 20), "red").save(tmp_path / "thumbs/7-1.png")
    Image.new("RGB", (10, 10), "blue").save(tmp_path / "thumbs/7-2.jpg", "JPEG")
    Image.new("RGB", (10, 10)).save(tmp_path / "secret-1.png")
    return tmp_path / "thumbs"


def test_thumbnails_of_a_folder(folder):
    seen = Gallery(**KEY_OF, folder=folder).of(("7", "t", ()), {}, 3)
    assert [uri is not None for uri in seen.pictures] == [True, True, False]
    assert opened(seen.pictures[0]).size == (16, 8)
    assert seen.note == ""


def test_only_files_of_the_folder_are_opened(folder):
    seen = Gallery(**KEY_OF, folder=folder).of(("../secret", "t", ()), {}, 1)
    assert seen.pictures == [None]
    assert "has no ../secret-1.png" in seen.note


@pytest.mark.parametrize(("content", "told"), [(b"GIF89a", "is no picture"), (None, "more than 4096 pixels")])
def test_a_broken_or_huge_thumbnail_is_told(folder, content, told):
    if content is None:
        Image.new("1", (65, 64)).save(folder / "8-1.png")
    else:
        (folder / "8-1.png").write_bytes(content)
    seen = Gallery(**KEY_OF, folder=folder).of(("8", "t", ()), {}, 1)
    assert seen.pictures == [None]
    assert told in seen.note
    assert "8-1.png" in seen.note


def test_the_folder_must_be_one(tmp_path):
    with pytest.raises(InputError, match=r"task\.pictures: is no folder"):
        Gallery(**KEY_OF, folder=tmp_path / "absent")
