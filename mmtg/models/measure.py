"""Vectors read as distances from what they have in common."""

import torch
from torch import Tensor, nn

LEAST_SPREAD = 1e-3
"""Deviation of a number that hardly changes over vectors."""


class Measure(nn.Module):
    """Reads vectors as distances from the mean of some, in their deviations; at first as they are.

    Args:
        width: W.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))

    def take(self, vectors: Tensor) -> None:
        """Measures by these [M, W] from now on."""
        self.centre.copy_(vectors.mean(dim=0))
        self.spread.copy_(vectors.std(dim=0).clamp(min=LEAST_SPREAD))

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors [..., W] so read."""
        return (vectors - self.centre) / self.spread
