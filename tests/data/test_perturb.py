"""Experiences with inputs left out or in another order."""

import pytest
import torch

from mmtg.data.perturb import FILLS, Perturbation, permuted, perturbation_from
from mmtg.errors import InputError
from tests.models.small import small_batch, small_layout

SETTINGS = {"drop": 2, "fill": "zero", "orders": [], "seed": 1}
NAMES = ["a", "b", "c"]


@pytest.fixture
def batch():
    return small_batch(small_layout())


def make(**changes):
    return perturbation_from({**SETTINGS, **changes}, 2)


def lost(change, batch, number=0):
    """Which slots are zero: [B, 2 T]."""
    dropped = change.dropped(batch, NAMES, number)
    return torch.cat([dropped.image_vectors, dropped.text_vectors], dim=1).abs().amax(2) == 0


def test_so_many_are_dropped_and_each_sample_draws_anew(batch):
    change = make()
    assert lost(change, batch).sum(1).tolist() == [2, 2, 2]
    draws = {tuple(row) for n in range(20) for row in lost(change, batch, n).tolist()}
    assert len(draws) == 6  # all pairs of four slots
    assert torch.equal(lost(change, batch), lost(make(), batch))
    assert not torch.equal(lost(change, batch), lost(make(seed=2), batch))


def test_a_draw_depends_on_the_experience_alone(batch):
    rows = torch.tensor([1])
    alone = make().dropped(batch.select(rows), ["b"], 3)
    together = make().dropped(batch, NAMES, 3)
    assert torch.equal(alone.image_vectors[0], together.image_vectors[1])


def test_the_previous_one_takes_the_place_in_a_circle():
    vectors = torch.arange(1.0, 6.0)[None, :, None]  # [1, 5, 1]
    change = Perturbation(drop=1, fill="previous", orders=(), seed=0, steps=5)
    fill = FILLS[change.fill]
    dropped = torch.tensor([[True, False, True, True, False]])
    assert fill(vectors, dropped).flatten().tolist() == [5, 2, 2, 2, 5]
    assert fill(vectors, torch.ones(1, 5, dtype=torch.bool)).abs().max() == 0
    assert torch.equal(fill(vectors, torch.zeros(1, 5, dtype=torch.bool)), vectors)


@pytest.mark.parametrize(("fill", "masked"), [("zero", False), ("missing", True)])
def test_only_missing_is_masked(batch, fill, masked):
    change = make(fill=fill, drop=4).dropped(batch, NAMES, 0)
    assert bool((~change.image_present).all()) == masked
    assert bool((~change.text_present).all()) == masked
    assert change.image_vectors.abs().max() == 0


def test_steps_change_places_and_the_topic_stays(batch):
    turned = permuted(batch, (1, 0))
    assert torch.equal(turned.image_vectors[:, 0], batch.image_vectors[:, 1])
    assert torch.equal(turned.text_vectors[:, 1], batch.text_vectors[:, 0])
    assert turned.topic_vector is batch.topic_vector


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drop": 5}, "perturb.drop: is 5; there are 4"),
        ({"fill": "x"}, "perturb.fill"),
        ({"drop": 0, "orders": [[0, 0]]}, "perturb.orders"),
        ({"orders": [[1, 0]]}, "do not go together"),
    ],
)
def test_mistakes_are_named(changes, words):
    with pytest.raises(InputError, match=words):
        make(**changes)
