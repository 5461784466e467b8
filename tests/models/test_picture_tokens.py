"""Pictures as vectors beside tokens."""

import pytest
import torch

from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.models.picture_tokens import GridPictures, PatchPictures, ResNetTrunk, SmallTrunk, VectorPictures

READING = Reading(size=32, resize=None, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
TINY = {"embedding_size": 4, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}


def pixels(count):
    return torch.randint(256, (count, 32, 32, 3)).byte()


@pytest.mark.parametrize("trunk", [SmallTrunk([4, 8, 8]), ResNetTrunk(TINY)])
def test_a_grid_is_pooled_and_each_of_its_vectors_is_one_long(trunk):
    grid = GridPictures(trunk, width=12, reading=READING)
    assert grid(pixels(3)).shape == (3, 9, 12)  # 4 by 4, pooled
    torch.testing.assert_close(grid(pixels(3)).norm(dim=2), torch.ones(3, 9))
    assert GridPictures(trunk, width=12, reading=READING, pool=1)(pixels(3)).shape == (3, 16, 12)
    assert GridPictures(trunk, width=12, reading=READING, places=9)(pixels(3)).norm(dim=2).std() > 0


def test_no_picture_is_no_vector_and_leaves_the_statistics():
    grid = GridPictures(SmallTrunk([4, 8]), width=12, reading=READING)
    before = {name: value.clone() for name, value in grid.state_dict().items() if "num_batches" not in name}
    assert grid(pixels(0)).shape == (0, 49, 12)
    assert all(torch.equal(grid.state_dict()[name], value) for name, value in before.items())


def test_resnets_start_from_files(tmp_path):
    given = ResNetTrunk(TINY)
    given.model.save_pretrained(tmp_path / "resnet")
    loaded = ResNetTrunk(TINY, weights=tmp_path / "resnet")
    assert all(torch.equal(a, b) for a, b in zip(given.parameters(), loaded.parameters(), strict=True))
    with pytest.raises(InputError, match="no such file"):
        ResNetTrunk(TINY, weights=tmp_path / "none")


def test_a_vector_is_one_long():
    told = VectorPictures(given=5, width=12)(torch.randn(3, 5))
    assert told.shape == (3, 1, 12)
    torch.testing.assert_close(told.norm(dim=2), torch.ones(3, 1))


@torch.no_grad()
def test_patches_are_seen_each_alone_and_row_by_row():
    patches = PatchPictures(width=12, reading=READING, patch=16)
    shown = pixels(1)
    other = shown.clone()
    other[0, :16, 16:] = 7  # above, to the right
    told = (patches(other) != patches(shown)).any(2)
    assert told.tolist() == [[False, True, False, False]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="fill a picture of 32"):
        PatchPictures(width=12, reading=READING, patch=7)
    with pytest.raises(InputError, match="at least one stage"):
        SmallTrunk([])
    with pytest.raises(InputError, match="at least 1"):
        GridPictures(SmallTrunk([4]), width=12, reading=READING, pool=0)
