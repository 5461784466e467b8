"""Pictures to numbers."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmtg.encoders.reading import Reading
from mmtg.errors import InputError

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


@pytest.fixture
def reading():
    return Reading(size=224, resize=256, **IMAGENET)


def noise(wide, high):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (high, wide, 3)).astype(np.uint8))


@pytest.mark.parametrize(
    ("shape", "off"),
    [((500, 333), 0), ((333, 500), 0), ((256, 455), 0), ((100, 120), 0), ((120, 700), 1), ((4000, 300), 1)],
)
def test_it_is_the_short_side_resized_and_the_centre_cut(reading, shape, off):
    picture = noise(*shape)
    larger = [side * 256 // min(shape) for side in shape]
    left, top = (round((side - 224) / 2) for side in larger)
    whole = picture.resize(larger, Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))
    told = reading.pixels([picture])[0]
    assert told.shape == (224, 224, 3)
    assert np.abs(told.astype(int) - np.asarray(whole)).max() <= off  # a long one is cut before it is resized


def test_the_centre_of_an_odd_rest_is_rounded_to_even(reading):
    picture = noise(455, 256)
    assert (reading.pixels([picture])[0] == np.asarray(picture)[16:240, 116:340]).all()


def test_a_thread_is_read_without_enlarging_it_whole(reading):
    assert reading.pixels([Image.new("RGB", (40000, 2), "red")]).shape == (1, 224, 224, 3)


def test_mean_and_std_are_taken_out(reading):
    pixels = torch.tensor([0, 128, 255], dtype=torch.uint8).view(1, 1, 3, 1).expand(1, 3, 3, 3)
    told = reading.normalised(pixels)
    for colour in range(3):
        expected = (torch.tensor([0, 128 / 255, 1.0]) - IMAGENET["mean"][colour]) / IMAGENET["std"][colour]
        torch.testing.assert_close(told[0, colour, 0], expected)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_all_modes_are_read(mode):
    small = Reading(size=64, resize=None, mean=(0.5,) * 3, std=(0.5,) * 3)
    assert small.pixels([Image.new(mode, (30, 50))]).shape == (1, 64, 64, 3)
    assert small.pixels([]).shape == (0, 64, 64, 3)


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="resize"):
        Reading(size=224, resize=200, **IMAGENET)
    with pytest.raises(InputError, match="three"):
        Reading(size=8, resize=None, mean=(0.5,), std=(1.0, 1.0, 1.0))
