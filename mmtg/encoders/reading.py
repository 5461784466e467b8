"""Pictures to numbers: resized and cropped with Pillow, then normalised.

Letters of shapes: N pictures, S their side in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the visual nets are shown pictures.

    Attributes:
        size: S, pixels a side.
        resize: the short side before the centre is cut out (256 for 224, as ImageNet's nets were trained); None: the
            whole picture is scaled to S by S.
        mean: of red, green and blue, taken off; values are 0..1.
        std: of each, divided by.

    Raises:
        InputError: a number does not fit.
    """

    size: int
    resize: int | None
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.size < 1 or (self.resize is not None and self.resize < self.size):
            raise InputError(f"must hold size {self.size}, not {self.resize}", field="encoder.picture.resize")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise InputError("must be three numbers each, those of std positive", field="encoder.picture.mean, std")

    def pixels(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """Pictures of any size and mode as [N, S, S, 3] uint8."""
        shaped = [np.asarray(self._shaped(picture.convert("RGB"))) for picture in pictures]
        return np.stack(shaped) if shaped else np.zeros((0, self.size, self.size, 3), np.uint8)

    def normalised(self, pixels: Tensor) -> Tensor:
        """Pixels [N, S, S, 3] uint8 as [N, 3, S, S] float32 with mean and std taken out."""
        values = pixels.permute(0, 3, 1, 2).float() / 255
        mean, std = (torch.tensor(given, device=pixels.device).view(1, 3, 1, 1) for given in (self.mean, self.std))
        return (values - mean) / std

    def _shaped(self, picture: Image.Image) -> Image.Image:
        square = (self.size, self.size)
        if self.resize is None:
            return picture if picture.size == square else picture.resize(square, Image.Resampling.BICUBIC)
        sides = [self._side(length, min(picture.size)) for length in picture.size]
        # Only what stays is resized, and as far around it as the filter reaches: a long thread would take gigabytes.
        box: Any = tuple(edge for edges in zip(*(side.edges for side in sides), strict=True) for edge in edges)
        resized = picture.resize([side.length for side in sides], Image.Resampling.BILINEAR, box=box)
        left, top = (side.offset for side in sides)
        return resized.crop((left, top, left + self.size, top + self.size))

    def _side(self, given: int, short: int) -> _Side:
        """What is resized of a side, so that the middle of it is what a whole resize would give."""
        assert self.resize is not None
        larger = max(self.size, given * self.resize // short)
        at = round((larger - self.size) / 2)  # halves to even, as torchvision does
        reach = self.resize + 1  # of the filter, at most: a pixel of the larger of the two pictures
        start, end = max(0, at - reach), min(larger, at + self.size + reach)
        return _Side((start * given / larger, end * given / larger), end - start, at - start)


@dataclass(frozen=True)
class _Side:
    """One side of what is resized.

    Attributes:
        edges: in pixels of the given picture.
        length: in pixels of the resized one.
        offset: from where on the centre is cut out of that.
    """

    edges: tuple[float, float]
    length: int
    offset: int
