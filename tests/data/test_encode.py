import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import mmtg.data.encode as module
from mmtg.data.encode import encode_experiences
from mmtg.data.experience import Experience, Step
from mmtg.data.store import ExperienceStore
from mmtg.encoders.pictures import opened
from mmtg.encoders.precomputed import PrecomputedEncoder
from mmtg.errors import InputError
from mmtg.world import World

OPTIONS = {"steps": 2, "lines_per_step": 1, "vector_dtype": "float32", "origin": {"from": "here"}}


class Plain:
    """Vectors that tell what they are of: a picture's colour, a text's characters."""

    width = 4
    fingerprint = "plain"

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pictures = 0
        self.largest = 0

    def encode_images(self, pictures: list[Image.Image]) -> torch.Tensor:
        self.pictures += len(pictures)
        self.largest = max(self.largest, len(pictures))
        return torch.tensor([[*map(float, picture.getpixel((0, 0))), -1.0] for picture in pictures])

    def encode_texts(self, texts: list[str]) -> torch.Tensor:
        self.texts += texts
        return torch.tensor([[float(len(text)), float(ord(text[0])), 0.0, 1.0] for text in texts])


def picture(red: int) -> Image.Image:
    return Image.new("RGB", (2, 2), (red, 0, 0))


def shown(red: int, key: str | None, text: str | None = None) -> Step:
    return Step(text=text, picture=lambda: picture(red), picture_key=key)


def experiences() -> list[Experience]:
    steps = [(shown(1, "one", "月"), shown(2, "two", "河")), (shown(2, "two", "月"), Step(text="思乡"))]
    steps += [(Step(), shown(3, None)), (shown(4, None), shown(3, None, "月"))]
    return [Experience(f"e{n}", "思乡", pair, rating=n + 1, lines=("a", "b")) for n, pair in enumerate(steps)]


def store(path: Path) -> list[list]:
    opened_store = ExperienceStore.open(path)
    return [
        [
            item.id,
            opened_store.vectors(np.array([item.topic_vector, *item.image_vectors, *item.text_vectors])).tolist(),
        ]
        for item in opened_store
    ]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("workers", [0, 2])
def test_every_vector_is_that_of_its_source(tmp_path: Path, batch_size: int, workers: int) -> None:
    encoder = Plain()
    encode_experiences(experiences(), encoder, tmp_path / "s", batch_size=batch_size, workers=workers, **OPTIONS)
    home, moon, river = [2.0, ord("思"), 0.0, 1.0], [1.0, ord("月"), 0.0, 1.0], [1.0, ord("河"), 0.0, 1.0]
    red = [[float(value), 0.0, 0.0, -1.0] for value in range(5)]
    none = [0.0] * 4
    assert store(tmp_path / "s") == [
        ["e0", [home, red[1], red[2], moon, river]],
        ["e1", [home, red[2], none, moon, home]],
        ["e2", [home, none, red[3], none, none]],
        ["e3", [home, red[4], red[3], none, moon]],
    ]
    assert sorted(encoder.texts) == sorted(["思乡", "月", "河"])
    assert encoder.pictures == 2 + 3  # those without a key each time
    assert encoder.largest <= batch_size


def test_a_vector_is_kept_once(tmp_path: Path) -> None:
    encode_experiences(experiences(), Plain(), tmp_path / "s", batch_size=2, **OPTIONS)
    opened_store = ExperienceStore.open(tmp_path / "s")
    assert opened_store.vector_count == 3 + 4
    assert opened_store.origin == {"from": "here"}
    assert opened_store[0].lines == ("a", "b")
    assert opened_store[0].rating == 1
    assert opened_store[2].image_vectors[0] == -1


def test_vectors_that_are_there_are_used(tmp_path: Path) -> None:
    own = [np.full(4, value, np.float32) for value in (7, 8, 9)]
    step = Step(text="月", picture=lambda: 1 / 0, picture_key="x", image_vector=own[0], text_vector=own[1])
    item = Experience("a", "题", (step, Step()), topic_vector=own[2])
    encode_experiences([item], PrecomputedEncoder(4), tmp_path / "s", batch_size=2, **OPTIONS)
    ((_, vectors),) = store(tmp_path / "s")
    assert [vector[0] for vector in vectors] == [9, 7, 0, 8, 0]
    other = replace(item, id="b", steps=(Step(text="月"), Step()))
    with pytest.raises(InputError, match="encoder=clip"):
        encode_experiences([other], PrecomputedEncoder(4), tmp_path / "t", batch_size=2, **OPTIONS)


def test_experiences_are_read_as_needed(tmp_path: Path) -> None:
    done: list[int] = []
    ahead: list[int] = []

    def endless() -> Iterator[Experience]:
        for number in range(7):
            ahead.append(number - (done[-1] if done else 0))
            yield Experience(str(number), "题", (Step(), Step()))

    encode_experiences(endless(), Plain(), tmp_path / "s", batch_size=3, progress=done.append, **OPTIONS)
    assert done == [3, 6, 7]
    assert max(ahead) <= 3
    assert len(ExperienceStore.open(tmp_path / "s")) == 7


@pytest.mark.parametrize("workers", [0, 3])
def test_nothing_is_left_of_a_failure(tmp_path: Path, workers: int) -> None:
    def broken() -> Image.Image:
        raise InputError("no picture", record="line 3")

    items = [*experiences(), Experience("x", "题", (Step(picture=broken, picture_key="b"), Step()))]
    with pytest.raises(InputError, match="line 3"):
        encode_experiences(items, Plain(), tmp_path / "s", batch_size=2, workers=workers, **OPTIONS)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="steps"):
        encode_experiences([Experience("x", "题", (Step(),))], Plain(), tmp_path / "s", batch_size=2, **OPTIONS)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_target_is_refused_unless_overwritten(tmp_path: Path) -> None:
    encode_experiences(experiences(), Plain(), tmp_path / "s", batch_size=2, **OPTIONS)
    with pytest.raises(InputError, match="not empty"):
        encode_experiences(experiences(), Plain(), tmp_path / "s", batch_size=2, **OPTIONS)
    encode_experiences(experiences()[:1], Plain(), tmp_path / "s", batch_size=2, overwrite=True, **OPTIONS)
    assert len(ExperienceStore.open(tmp_path / "s")) == 1


def test_large_pictures_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIXELS_AT_ONCE", 9)  # two pictures of 4 pixels
    encoder = Plain()
    encode_experiences(experiences(), encoder, tmp_path / "s", batch_size=100, **OPTIONS)
    assert (encoder.largest, encoder.pictures) == (2, 5)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_pictures_are_opened_in_order_and_not_all_at_once(workers: int) -> None:
    lock, open_now, most = threading.Lock(), [0], [0]

    def opener(number: int) -> Image.Image:
        with lock:
            open_now[0] += 1
            most[0] = max(most[0], open_now[0])
        return picture(number)

    reds = []
    for one in opened([lambda number=number: opener(number) for number in range(40)], workers=workers):
        reds.append(one.getpixel((0, 0))[0])
        with lock:
            open_now[0] -= 1
    assert reds == list(range(40))
    assert most[0] <= 2 * workers + 1


def test_the_world_is_encoded(tmp_path: Path) -> None:
    world = World(seed=1, steps=2, lines_per_step=1)
    items = [world.experience("train", number) for number in range(12)]
    for workers in (0, 2):
        encode_experiences(items, Plain(), tmp_path / str(workers), batch_size=5, workers=workers, **OPTIONS)
    one, two = (ExperienceStore.open(tmp_path / name) for name in ("0", "2"))
    assert one.fingerprint == two.fingerprint
    assert all((item.image_vectors >= 0).all() and item.topic_vector >= 0 for item in one)
    assert one[3].plan == items[3].plan
