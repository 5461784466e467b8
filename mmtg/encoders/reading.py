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
        wide, high = picture.size
        short = min(wide, high)
        larger = (max(self.size, wide * self.resize // short), max(self.size, high * self.resize // short))
        left, top = (round((length - self.size) / 2) for length in larger)  # halves to even, as torchvision does
        # Only what stays is resized, and as far around it as the filter reaches: a long thread would take gigabytes.
        reach = self.resize + 1
        ends = [(max(0, at - reach), min(length, at + self.size + reach)) for at, length in zip((left, top), larger)]
        (west, east), (north, south) = ends
        kept: Any = tuple(
            edge * length / long
            for edge, length, long in zip((west, north, east, south), (wide, high) * 2, larger * 2, strict=True)
        )
        around = picture.resize((east - west, south - north), Image.Resampling.BILINEAR, box=kept)
        left, top = left - west, top - north
        return around.crop((left, top, left + self.size, top + self.size))
