"""From cells to pixels: shapes, places, training that learns and can be repeated."""

import numpy as np
import pytest
import torch

from mmtg.encoders.world_encoder import WorldEncoder, scaled
from mmtg.errors import InputError
from mmtg.painting.decoder import DecoderSizes, PixelDecoder
from mmtg.painting.training import Learning, train_decoder

SIZES = {"width": 24, "picture_size": 16, "narrowest": 8, "widest": 16}


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    sizes = {"width": 8, "channels": [8, 12], "character_width": 4, "picture_size": 16, "batch_size": 8}
    return WorldEncoder(characters="ab", **sizes)


@pytest.fixture(scope="module")
def pixels():
    """Pictures of one colour each."""
    colours = np.random.default_rng(0).integers(0, 256, (24, 1, 1, 3), np.uint8)
    return np.broadcast_to(colours, (24, 16, 16, 3)).copy()


def learning(**changed):
    given = {"steps": 60, "batch_size": 8, "learning_rate": 0.01, "weight_decay": 0.0, "warmup_share": 0.1}
    return Learning(**{**given, "feature_weight": 0.1, "feature_grid": 2, "centroids": 0.5, "seed": 3, **changed})


def trained(pixels, encoder, **changed):
    sizes = DecoderSizes(grid=2, **SIZES)
    centroids = encoder.cells_of_pixels(pixels, 2).flatten(0, 1)
    return train_decoder(pixels, encoder, centroids, sizes, learning(**changed), progress=lambda *_: None)


def far(decoder, pixels, encoder):
    with torch.no_grad():
        return float((decoder(encoder.cells_of_pixels(pixels, 2)) - scaled(pixels)).abs().mean())


@pytest.mark.parametrize("grid", [1, 2, 4, 8])
def test_any_grid_becomes_a_picture_whose_places_are_those_of_its_cells(grid):
    torch.manual_seed(1)
    decoder = PixelDecoder(DecoderSizes(grid=grid, width=6, picture_size=64, narrowest=2, widest=8)).eval()
    cells = torch.nn.functional.normalize(torch.randn(2, grid * grid, 6), dim=-1)
    changed = cells.clone()
    changed[:, 0] = -changed[:, 0]  # the upper left one
    one, other = decoder(cells), decoder(changed)
    assert one.shape == (2, 3, 64, 64)
    assert one.abs().max() <= 1
    differ = (one - other).abs().sum(1) > 0
    assert differ[:, 0, 0].all()
    assert grid < 8 or not differ[:, -1, -1].any()


def test_training_learns_colours_and_leaves_chance_and_encoder_alone(encoder, pixels):
    torch.manual_seed(5)
    before = encoder.fingerprint, torch.get_rng_state()
    one_colour = scaled(np.median(pixels, axis=0, keepdims=True).astype(np.uint8))  # the best that reads nothing
    assert far(trained(pixels, encoder), pixels, encoder) < 0.75 * float((one_colour - scaled(pixels)).abs().mean())
    assert torch.equal(torch.get_rng_state(), before[1])
    assert WorldEncoder.fingerprint.func(encoder) == before[0]
    assert all(weight.grad is None for weight in encoder.model.parameters())


def test_the_same_seed_gives_the_same_decoder(encoder, pixels):
    one, again, other = (trained(pixels, encoder, steps=3, seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: learning(steps=0), "task.decoder.steps"),
        (lambda: learning(centroids=1.5), "task.decoder.centroids"),
        (lambda: learning(feature_weight=-1), "task.decoder.feature_weight"),
        (lambda: DecoderSizes(grid=3, **SIZES), "model.grid"),
        (lambda: DecoderSizes(grid=16, **SIZES), "model.grid"),
        (lambda: DecoderSizes(grid=2, **{**SIZES, "widest": 0}), "task.decoder.widest"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(InputError, match=named):
        make()
