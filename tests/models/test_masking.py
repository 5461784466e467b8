"""Tokens hidden to be predicted."""

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.masking import Masking


def test_a_share_is_chosen_and_at_least_one():
    ids = torch.randint(10, 99, (3, 20))
    open_to = torch.ones(3, 20, dtype=torch.bool)
    open_to[1, 2:], open_to[2] = False, False
    hidden, chosen = Masking(rate=0.25, mask=5, tokens=100).hide(ids, open_to)
    assert chosen.sum(1).tolist() == [5, 1, 0]
    assert not (chosen & ~open_to).any()
    assert torch.equal(hidden[~chosen], ids[~chosen])


def test_of_those_most_are_masked_some_are_changed_some_stay():
    torch.manual_seed(0)
    ids = torch.full((1, 40000), 9)
    hidden, chosen = Masking(rate=0.5, mask=5, tokens=1000).hide(ids, torch.ones_like(ids, dtype=torch.bool))
    there = hidden[chosen]
    assert (there == 5).float().mean().item() == pytest.approx(0.8, abs=0.01)
    assert (there == 9).float().mean().item() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0.0}, {"rate": 1.1}, {"rate": 0.1, "masked": 0.95}, {"rate": 0.1, "mask": 100}]
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(InputError):
        Masking(**{"mask": 5, "tokens": 100} | wrong)
