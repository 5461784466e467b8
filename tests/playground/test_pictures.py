"""Pictures of steps are opened as they are, or refused with their step named."""

import numpy as np
import pytest
from PIL import Image

from mmtg.errors import InputError
from mmtg.playground.pictures import GivenPicture, Limits, drawn

LIMITS = Limits(max_pixels=100, max_bytes=1000, max_text=20)


@pytest.fixture
def picture(tmp_path):
    """Writes noise; gives its file and pixels."""

    def write(side, name="a.png"):
        pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
        return tmp_path / name, pixels

    return write


def test_a_good_picture_is_as_it_is(picture):
    path, pixels = picture(10)
    assert (np.asarray(GivenPicture(path, 0, LIMITS)()) == pixels).all()


def test_equal_files_have_equal_keys(picture):
    keys = [GivenPicture(picture(side, name)[0], step, LIMITS).key() for step, (side, name) in
            enumerate([(9, "a.png"), (9, "b.png"), (10, "c.png")])]  # fmt: skip
    assert keys[0] == keys[1] != keys[2]


def test_too_many_pixels(picture):
    with pytest.raises(InputError, match=r"^step 2: picture: has 11 x 11 pixels, more than the 100 allowed$"):
        GivenPicture(picture(11)[0], 1, LIMITS)()


def test_too_many_bytes_are_not_even_read(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * 1001)
    for ask in (GivenPicture(path, 2, LIMITS), GivenPicture(path, 2, LIMITS).key):
        with pytest.raises(InputError, match=r"^step 3: picture: has 1001 bytes, more than the 1000 allowed$"):
            ask()


def test_broken_pictures(tmp_path, picture):
    whole = picture(10)[0].read_bytes()
    for content in (b"", b"no picture", whole[: len(whole) // 2]):
        path = tmp_path / "broken.png"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"^step 1: picture: ") as found:
            GivenPicture(path, 0, LIMITS)()
        assert str(tmp_path) not in str(found.value)
    with pytest.raises(InputError, match="no such picture"):
        GivenPicture(tmp_path / "absent.png", 0, LIMITS)()


def test_limits_must_leave_something():
    with pytest.raises(InputError, match=r"task\.max_bytes"):
        Limits(max_pixels=1, max_bytes=0, max_text=1)


def test_drawn_pictures_are_those_of_their_words():
    night, again, day = (drawn(words, 0, side=64) for words in ("moon night", "夜里的月光", "moon day"))
    assert night.size == (64, 64)
    assert (np.asarray(night) == np.asarray(again)).all()
    assert (np.asarray(night) != np.asarray(day)).any()
    with pytest.raises(InputError, match=r"^step 4: words: 'xyz' is unknown"):
        drawn("xyz", 3, side=64)
