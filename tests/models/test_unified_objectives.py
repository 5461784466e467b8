"""What the unified transformer learns: masks that are drawn, label smoothing, losses by hand."""

from math import log

import pytest
import torch

from mmtg.losses import smoothed_losses
from mmtg.models.unified_objectives import drawn_places, hidden_cells, predictions, spread_places


@pytest.mark.parametrize("classes", [2, 7])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_label_smoothing_is_that_of_torch_with_its_share_of_the_label_taken_out(classes, smoothing):
    torch.manual_seed(0)
    scores, labels = torch.randn(5, classes), torch.randint(classes, (5,))
    same = smoothing * classes / (classes - 1)  # torch gives the label, too, a share of what is smoothed
    wanted = torch.nn.functional.cross_entropy(scores, labels, label_smoothing=same, reduction="none")
    torch.testing.assert_close(smoothed_losses(scores, labels, smoothing), wanted)


def test_even_scores_cost_the_same_with_any_smoothing():
    for smoothing in (0.0, 0.2, 0.9):
        assert smoothed_losses(torch.zeros(1, 8), torch.tensor([3]), smoothing).item() == pytest.approx(log(8))


def test_losses_by_hand():
    scores = torch.tensor([[log(4.0), 0.0, 0.0], [0.0, 0.0, log(2.0)]])  # probabilities 4, 1, 1 of 6 and 1, 1, 2 of 4
    found = predictions(scores, torch.tensor([0, 1]), 0.2)
    own, others = (-log(4 / 6), -log(1 / 4)), (-2 * log(1 / 6), -log(1 / 4) - log(2 / 4))
    torch.testing.assert_close(found.nats, torch.tensor(own))
    wanted = [0.8 * mine + 0.1 * rest for mine, rest in zip(own, others, strict=True)]
    torch.testing.assert_close(found.smoothed, torch.tensor(wanted))
    assert found.mean().item() == pytest.approx(sum(wanted) / 2)
    assert found.right.tolist() == [True, False]
    assert predictions(scores[:0], torch.zeros(0, dtype=torch.int64), 0.2).mean().item() == 0


def test_hidden_cells_are_there_and_as_many_as_published():
    torch.manual_seed(0)
    present = torch.rand(2000, 64) < 0.9
    present[:1000] = True
    hidden = hidden_cells(present, 0.1, torch.rand(2000, 65))
    assert not (hidden & ~present).any()
    counts = hidden.sum(1)
    assert set(counts[:1000].tolist()) == set(range(6, 65))  # both ends are reached
    few = present[:, :5] & True
    few[:, 0] = True
    counts = hidden_cells(few, 0.1, torch.rand(2000, 6)).sum(1)
    assert counts.min() == 1
    assert (counts <= few.sum(1)).all()
    shares = hidden[:1000].float().mean(0)  # no place is dearer than others
    assert (shares - shares.mean()).abs().max() < 0.08


def test_places_are_tokens_behind_the_start():
    torch.manual_seed(0)
    lines = torch.tensor([[2, 7, 8, 9, 3], [2, 7, 3, 0, 0]])
    drawn = drawn_places(lines, 0, torch.rand(2, 400))
    assert [sorted(set(row)) for row in drawn.tolist()] == [[1, 2, 3, 4], [1, 2]]
    assert spread_places(lines, 0, 4).tolist() == [[1, 2, 3, 4], [1, 1, 2, 2]]
