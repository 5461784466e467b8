"""Scores of labelled positions alone are those of all positions."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data.layout import IGNORE
from mmtg.losses import sequence_mean, token_losses
from mmtg.models.scores import Scores


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**20), share=st.floats(0.1, 1))
def test_positions_without_a_label_are_not_scored(seed, share):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(7, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    labels = torch.randint(7, (3, 5), generator=generator)
    labels[torch.rand(3, 5, generator=generator) > share] = IGNORE
    labels[:, 0] = 1  # a text without any label has no loss
    scored = []

    def head(states):
        scored.append(states[..., 0].numel())
        return states @ weight.T

    def gradients(losses):
        sequence_mean(losses, labels).square().sum().backward()
        found = hidden.grad.clone(), weight.grad.clone()
        hidden.grad = weight.grad = None
        return found

    scores = Scores.of(hidden, head, labels)
    kept = scores.losses
    assert sum(scored) == int((labels != IGNORE).sum())
    whole = token_losses(scores.logits, labels)
    torch.testing.assert_close(kept, whole)
    for ours, theirs in zip(gradients(kept), gradients(whole), strict=True):
        torch.testing.assert_close(ours, theirs)
