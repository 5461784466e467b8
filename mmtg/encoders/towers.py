"""The two towers of the picture world's encoder: a convnet and a character encoder.

Letters of shapes: N items, W the width of a vector, L positions, C channels, S the side of a picture in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from mmtg.encoders.base import unit
from mmtg.errors import InputError

PADDING, UNKNOWN = 0, 1
"""Numbers of no character and of a character the encoder never saw; the characters follow."""

FIRST_TEMPERATURE, LOWEST_TEMPERATURE = 0.07, 0.01
"""As in CLIP (Radford et al. 2021, section 2.5)."""


class PictureTower(nn.Module):
    """Convolutions that halve the picture, then the mean and the maximum over places.

    Args:
        channels: output channels of each convolution; S must be a multiple of 2 to the power of their number.
        width: W.
    """

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        sizes = [3, *channels]
        self.stages = nn.Sequential(*(_stage(i, o) for i, o in pairwise(sizes)))
        self.project = nn.Linear(2 * sizes[-1], width)

    def forward(self, pictures: Tensor) -> Tensor:
        """Encode pictures.

        Args:
            pictures: [N, 3, S, S] in -1..1.

        Returns:
            [N, W], rows of length 1.
        """
        return self.whole(self.cells(pictures, 1))

    def whole(self, cells: Tensor) -> Tensor:
        """Vectors of whole pictures from their cells; the same for every grid that is no finer than the places.

        Args:
            cells: [..., G * G, 2C].

        Returns:
            [..., W], of length 1.
        """
        return unit(self.project(together(cells)))

    def cells(self, pictures: Tensor, grid: int) -> Tensor:
        """What is seen in cells of pictures.

        Args:
            pictures: [N, 3, S, S] in -1..1.
            grid: cells a side, G; twice the places of the last convolution take it without its stride.

        Returns:
            [N, G * G, 2C], row by row: the mean over the places of a cell, then the maximum.

        Raises:
            InputError: the grid does not divide the places.
        """
        seen = self.stages(pictures)  # [N, C, s, s]
        if grid == 2 * seen.shape[-1]:
            seen = self._finer(pictures)
        if grid < 1 or seen.shape[-1] % grid:
            what = f"is {grid}, which does not divide the {seen.shape[-1]} places a side that the encoder sees"
            raise InputError(what, field="model.grid")
        share = seen.shape[-1] // grid
        pooled = torch.cat([nn.functional.avg_pool2d(seen, share), nn.functional.max_pool2d(seen, share)], dim=1)
        return pooled.flatten(2).transpose(1, 2)

    def _finer(self, pictures: Tensor) -> Tensor:
        """The same places as ``stages`` gives, and those between them: [N, C, 2 s, 2 s]."""
        convolution, *others = self.stages[-1].children()
        seen = nn.functional.conv2d(self.stages[:-1](pictures), convolution.weight, padding=1)  # type: ignore[arg-type]
        for layer in others:
            seen = layer(seen)
        return seen


def together(cells: Tensor) -> Tensor:
    """What is seen in whole pictures [..., 2C], from their cells [..., G * G, 2C]: means of means, maxima of maxima."""
    means, maxima = cells.chunk(2, dim=-1)
    return torch.cat([means.mean(dim=-2), maxima.amax(dim=-2)], dim=-1)


class TextTower(nn.Module):
    """Characters with their neighbours, then a mean weighted by attention.

    Args:
        characters: how many characters are known, PADDING and UNKNOWN among them.
        character_width: numbers in the vector of a character.
        width: W.
    """

    def __init__(self, characters: int, character_width: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(characters, character_width, padding_idx=PADDING)
        self.mix = nn.Conv1d(character_width, character_width, 3, padding=1)
        self.weigh = nn.Linear(character_width, 1)
        self.project = nn.Sequential(nn.Linear(character_width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, ids: Tensor) -> Tensor:
        """Encode texts.

        Args:
            ids: [N, L] numbers of characters, padded at the end with PADDING; at least one character each.

        Returns:
            [N, W], rows of length 1.
        """
        there = (ids != PADDING).unsqueeze(2)  # [N, L, 1]
        embedded = self.embed(ids) * there  # [N, L, E]
        neighbours = self.mix(embedded.transpose(1, 2)).transpose(1, 2)
        mixed = embedded + nn.functional.gelu(neighbours)
        weights = self.weigh(mixed).masked_fill(~there, -math.inf).softmax(dim=1)  # [N, L, 1]
        return unit(self.project((weights * mixed).sum(dim=1)))


class DualEncoder(nn.Module):
    """Pictures and texts to unit vectors of one space, after CLIP (Radford et al. 2021).

    Args:
        width: W, the width of the vectors.
        channels: output channels of each convolution of the picture tower, which halve the picture.
        characters: how many characters are known, PADDING and UNKNOWN among them.
        character_width: numbers in the vector of a character.

    Raises:
        InputError: if a number is not positive.
    """

    def __init__(self, *, width: int, channels: Sequence[int], characters: int, character_width: int) -> None:
        super().__init__()
        if min(width, character_width, characters, *channels, len(channels)) < 1:
            raise InputError(
                f"width {width}, channels {list(channels)} and character_width {character_width} must be positive",
                field="encoder",
            )
        self.pictures = PictureTower(channels, width)
        self.texts = TextTower(characters, character_width, width)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(FIRST_TEMPERATURE)))

    def forward(self, pictures: Tensor, ids: Tensor) -> Tensor:
        """Score every picture against every text.

        Args:
            pictures: [N, 3, S, S] in -1..1.
            ids: [M, L] numbers of characters.

        Returns:
            [N, M] cosines over the temperature.
        """
        return self.scale() * self.pictures(pictures) @ self.texts(ids).T

    def scale(self) -> Tensor:
        """One over the temperature."""
        return self.log_scale.clamp(max=-math.log(LOWEST_TEMPERATURE)).exp()


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
