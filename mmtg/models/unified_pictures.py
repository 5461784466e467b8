"""Vectors of whole pictures from their cells, in the space that they share with texts.

Letters of shapes: B experiences, T steps, C cells of all pictures, W width of a cell's vector, V of a picture's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.encoders.base import unit
from mmtg.encoders.towers import together


class WholePictures(nn.Module):
    """What an encoder makes of pictures, from what it sees in their cells; frozen, gradients flow through it.

    Args:
        cells: W.
        pictures: V; None: the space is that of the cells, and a picture the direction of their mean.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, cells: int, pictures: int | None) -> None:
        super().__init__()
        self.projects = pictures is not None
        if pictures is not None:
            self.register_buffer("weight", torch.zeros(pictures, cells))
            self.register_buffer("bias", torch.zeros(pictures))

    def take(self, weight: Tensor, bias: Tensor) -> None:
        """Takes over the encoder's linear map, [V, W] and [V]."""
        self.weight.copy_(weight)
        self.bias.copy_(bias)

    def forward(self, cells: Tensor, present: Tensor, steps: int) -> Tensor:
        """Vectors of pictures, each of length 1.

        Args:
            cells: [B, C, W].
            present: bool [B, C]; all cells of a picture are there, or none.
            steps: T.

        Returns:
            [B, T, V]; zeros where there is no picture.
        """
        seen, there = cells.unflatten(1, (steps, -1)), present.unflatten(1, (steps, -1)).any(dim=2)
        if self.projects:
            with torch.autocast(cells.device.type, enabled=False):
                pictures = functional.linear(together(seen.float()), self.weight.float(), self.bias.float())
        else:
            pictures = seen.mean(dim=2)
        return unit(pictures) * there[..., None]
