"""Cells of pictures, and whole pictures from them."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmtg.encoders.base import CellEncoder, unit
from mmtg.encoders.towers import together
from mmtg.encoders.world_encoder import WorldEncoder
from mmtg.errors import InputError


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    sizes = {"width": 8, "channels": [4, 6], "character_width": 4, "picture_size": 16, "batch_size": 2}
    return WorldEncoder(characters="ab", **sizes)


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    return [Image.fromarray(random.integers(0, 256, (16, 16, 3), np.uint8)) for _ in range(3)]


@pytest.mark.parametrize("grid", [1, 2, 4])
def test_whole_pictures_follow_from_their_cells(encoder, pictures, grid):
    assert isinstance(encoder, CellEncoder)
    cells = encoder.encode_cells(pictures, grid)
    assert cells.shape == (3, grid**2, encoder.cell_width)
    weight, bias = encoder.cells_to_pictures()
    whole = unit(together(cells) @ weight.T + bias)
    torch.testing.assert_close(whole, encoder.encode_images(pictures))


def test_a_finer_grid_has_the_coarser_ones_places_and_those_between(encoder, pictures):
    coarse, fine = (encoder.encode_cells(pictures, grid) for grid in (4, 8))
    assert fine.shape == (3, 64, 12)
    torch.testing.assert_close(fine.unflatten(1, (8, 8))[:, ::2, ::2].flatten(1, 2), coarse)


def test_cells_go_row_by_row_and_are_of_their_place(encoder, pictures):
    changed = np.asarray(pictures[0]).copy()
    changed[:4, 12:] = 0
    cells = [encoder.encode_cells([picture], 2)[0] for picture in (pictures[0], Image.fromarray(changed))]
    differ = (cells[0] - cells[1]).abs().sum(1) > 1e-5
    assert differ.tolist() == [False, True, False, False]


@pytest.mark.parametrize("grid", [0, 3, 16])
def test_other_grids_are_refused(encoder, pictures, grid):
    with pytest.raises(InputError, match=r"model\.grid"):
        encoder.encode_cells(pictures, grid)
