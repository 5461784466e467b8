"""Pictures as vectors that stand beside tokens: of a grid, of patches, or one of the whole picture.

Each module has ``width``, D, and maps M pictures to [M, G, D]. Letters of shapes: M pictures, S their side, W width of
a picture's given vector, G vectors of a picture, D width, Q channels of a trunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetModel

from mmtg.encoders.reading import Reading
from mmtg.encoders.resnet_files import load_resnet
from mmtg.errors import InputError

POSITION_STD = 0.02  # as BERT and ViT start


class ResNetTrunk(nn.Module):
    """A ResNet without pooling and classifier.

    Args:
        sizes: arguments of transformers' ``ResNetConfig``.
        weights: a file or folder to start from, see :func:`mmtg.encoders.resnet_files.load_resnet`; None for random.
        field: key of the configuration to name where they cannot be read.
    """

    def __init__(
        self, sizes: Mapping[str, Any], *, weights: Path | None = None, field: str = "model.look.weights"
    ) -> None:
        super().__init__()
        self.model = ResNetModel(ResNetConfig(**sizes))
        self.channels = list(self.model.config.hidden_sizes or ())[-1]
        if weights is not None:
            load_resnet(self.model, weights, field=field)

    def forward(self, pictures: Tensor) -> Tensor:
        """A grid [M, Q, s, s] of pictures [M, 3, S, S]."""
        grid: Tensor = self.model(pictures).last_hidden_state
        return grid


class SmallTrunk(nn.Module):
    """Convolutions that halve the picture's side, each with batch norm and ReLU.

    Args:
        channels: output channels of each.

    Raises:
        InputError: there is none.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        if not channels:
            raise InputError("must name at least one stage", field="model.look.channels")
        self.stages = nn.Sequential(*(_stage(i, o) for i, o in pairwise([3, *channels])))
        self.channels = int(channels[-1])

    def forward(self, pictures: Tensor) -> Tensor:
        """A grid [M, Q, s, s] of pictures [M, 3, S, S]."""
        grid: Tensor = self.stages(pictures)
        return grid


class GridPictures(nn.Module):
    """A trunk's grid as vectors of length one (CroMIC-CMT reference, section 2).

    Args:
        trunk: a :class:`ResNetTrunk` or :class:`SmallTrunk`.
        width: D.
        reading: normalises pixels.
        pool: side of the max-pooling over the grid (published 2, so that 7 by 7 become 36); 1 for none.
        stride: of the pooling (published 1).
        places: G to learn a vector for each place of the grid, as the peers do; 0 as published.

    Raises:
        InputError: a number does not fit.
    """

    def __init__(
        self,
        trunk: ResNetTrunk | SmallTrunk,
        *,
        width: int,
        reading: Reading,
        pool: int = 2,
        stride: int = 1,
        places: int = 0,
    ) -> None:
        super().__init__()
        if min(width, pool, stride) < 1 or places < 0:
            raise InputError("width, pool and stride must be at least 1", field="model.look")
        self.reading, self.width = reading, width
        self.trunk = trunk
        self.project = nn.Conv2d(trunk.channels, width, kernel_size=1)
        self.pool = nn.MaxPool2d(pool, stride)
        self.norm = nn.BatchNorm1d(width)
        self.places = _positions(places, width) if places else None

    def forward(self, pixels: Tensor) -> Tensor:
        """Vectors [M, G, D] of pixels uint8 [M, S, S, 3]."""
        grid = self.pool(self.project(self.trunk(self.reading.normalised(pixels))))  # [M, D, s, s]
        vectors = self.norm(grid.flatten(2)).transpose(1, 2)  # [M, G, D]
        vectors = functional.normalize(vectors, dim=-1)
        return vectors if self.places is None else vectors + self.places


class VectorPictures(nn.Module):
    """One vector a picture, where only vectors are known.

    Args:
        given: W.
        width: D.
    """

    def __init__(self, *, given: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(given, width)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors of length one [M, 1, D] of those given, [M, W]."""
        return functional.normalize(self.project(vectors), dim=-1)[:, None]


class PatchPictures(nn.Module):
    """Square patches, each through one linear layer, plus a learned position (ViLT).

    Args:
        width: D.
        reading: gives S and normalises pixels.
        patch: side of a patch, a divisor of S.

    Raises:
        InputError: the patches do not fill a picture.
    """

    def __init__(self, *, width: int, reading: Reading, patch: int) -> None:
        super().__init__()
        if patch < 1 or reading.size % patch:
            what = f"is {patch}; patches must fill a picture of {reading.size} pixels a side"
            raise InputError(what, field="model.look.patch")
        self.reading, self.width = reading, width
        self.project = nn.Conv2d(3, width, kernel_size=patch, stride=patch)
        self.places = _positions((reading.size // patch) ** 2, width)

    def forward(self, pixels: Tensor) -> Tensor:
        """Vectors [M, G, D] of pixels uint8 [M, S, S, 3]."""
        patches = self.project(self.reading.normalised(pixels))  # [M, D, S / patch, S / patch]
        return patches.flatten(2).transpose(1, 2) + self.places


def _positions(count: int, width: int) -> nn.Parameter:
    """Learned vectors of places, [G, D]."""
    return nn.Parameter(torch.randn(count, width) * POSITION_STD)


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
