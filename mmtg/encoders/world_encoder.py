"""The encoder of the picture world: its towers, and what turns pictures and characters into numbers.

Letters of shapes: N items, W the width of a vector, L positions, S the side of a picture in pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PIL.Image import Image, Resampling
from torch import Tensor

from mmtg.encoders.base import content_fingerprint, in_batches, one_thread, whole
from mmtg.encoders.towers import PADDING, UNKNOWN, DualEncoder
from mmtg.errors import InputError
from mmtg.files import build_folder, write_json

T = TypeVar("T")

FORMAT = 1
SETTINGS_FILE, WEIGHTS_FILE = "encoder.json", "weights.pt"
LONGEST_TEXT = 64
"""Characters of a text that are read; the world's own have fewer than 20."""


class WorldEncoder:
    """The towers, with what turns pictures into numbers and texts into numbers of characters.

    Args:
        characters: the characters it knows, in order and each once; all others are one unknown character.
        width: W, the width of the vectors.
        channels: output channels of each convolution of the picture tower, which halve the picture.
        character_width: numbers in the vector of a character.
        picture_size: S; pictures of another size are scaled. A multiple of 2 to the number of channels.
        batch_size: items that go through a tower at once.

    Raises:
        InputError: if a number does not fit.
    """

    def __init__(
        self,
        *,
        characters: Sequence[str],
        width: int,
        channels: Sequence[int],
        character_width: int,
        picture_size: int,
        batch_size: int,
    ) -> None:
        if picture_size < 1 or picture_size % 2 ** len(channels):
            raise InputError(
                f"must be a multiple of {2 ** len(channels)} for {len(channels)} channels, not {picture_size}",
                field="picture_size",
            )
        if batch_size < 1:
            raise InputError(f"must be at least 1, not {batch_size}", field="encoder.batch_size")
        self.width = width
        self.batch_size = batch_size
        self.settings: dict[str, Any] = {
            "characters": list(characters),
            "width": width,
            "channels": list(channels),
            "character_width": character_width,
            "picture_size": picture_size,
        }
        self._ids = {character: number for number, character in enumerate(characters, start=UNKNOWN + 1)}
        self.model = DualEncoder(
            width=width,
            channels=channels,
            characters=UNKNOWN + 1 + len(characters),
            character_width=character_width,
        ).eval()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of weights and settings; asked for after training."""
        return content_fingerprint(self.model.state_dict(), self.settings)

    def encode_images(self, pictures: Sequence[Image]) -> Tensor:
        """Encode pictures of any size and mode.

        Args:
            pictures: [N] pictures.

        Returns:
            [N, W] float32, rows of length 1, no gradient.
        """
        return self._encode(pictures, lambda some: self.model.pictures(scaled(self.pixels(some))))

    @property
    def cell_width(self) -> int:
        """2C, the width of a cell's vector."""
        return 2 * int(self.settings["channels"][-1])

    @torch.no_grad()
    def encode_cells(self, pictures: Sequence[Image], grid: int) -> Tensor:
        """Look at cells of pictures; see :class:`mmtg.encoders.base.CellEncoder`.

        Args:
            pictures: [N] pictures.
            grid: cells a side, G.

        Returns:
            [N, G * G, 2C] float32, no gradient.
        """
        some = (pictures[first : first + self.batch_size] for first in range(0, len(pictures), self.batch_size))
        cells = [self.cells_of_pixels(self.pixels(own), grid) for own in some]
        return torch.cat(cells) if cells else torch.zeros(0, grid**2, self.cell_width)

    @torch.no_grad()
    def cells_of_pixels(self, pixels: np.ndarray, grid: int) -> Tensor:
        """The same of pictures [N, S, S, 3] uint8 that are pixels already."""
        with one_thread():
            some = torch.from_numpy(pixels).split(self.batch_size)
            return torch.cat([self.model.pictures.cells(scaled(own.numpy()), grid) for own in some])

    def cells_to_pictures(self) -> tuple[Tensor, Tensor]:
        """The linear map from cells to whole pictures; see :class:`mmtg.encoders.base.CellEncoder`.

        Returns:
            Weights [W, 2C] and bias [W].
        """
        project = self.model.pictures.project
        return project.weight.detach(), project.bias.detach()

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Encode texts, each cut off at LONGEST_TEXT characters.

        Args:
            texts: [N] texts.

        Returns:
            [N, W] float32, rows of length 1, no gradient.
        """
        return self._encode(texts, lambda some: self.model.texts(self.character_ids(some)))

    def _encode(self, items: Sequence[T], encode: Callable[[Sequence[T]], Tensor]) -> Tensor:
        with one_thread():
            return in_batches(items, encode, batch_size=self.batch_size, width=self.width)

    def pixels(self, pictures: Sequence[Image]) -> np.ndarray:
        """Turn pictures into numbers.

        Args:
            pictures: [N] pictures.

        Returns:
            [N, S, S, 3] uint8.
        """
        side = (self.settings["picture_size"],) * 2
        plain = (picture.convert("RGB") for picture in pictures)
        return np.stack([np.asarray(p if p.size == side else p.resize(side, Resampling.BICUBIC)) for p in plain])

    def character_ids(self, texts: Sequence[str]) -> Tensor:
        """Turn texts into numbers of characters; an empty text is one unknown character.

        Args:
            texts: [N] texts.

        Returns:
            [N, L] integers, padded at the end, L that of the longest text.
        """
        rows = [[self._ids.get(c, UNKNOWN) for c in text[:LONGEST_TEXT]] or [UNKNOWN] for text in texts]
        ids = np.full((len(rows), max(map(len, rows), default=0)), PADDING, np.int64)
        for place, row in zip(ids, rows, strict=True):
            place[: len(row)] = row
        return torch.from_numpy(ids)

    def save(self, path: str | Path) -> None:
        """Write the encoder to a folder, whole or not at all.

        Args:
            path: a folder that is not there yet, or is empty.

        Raises:
            InputError: if the folder holds anything.
        """
        with build_folder(path) as folder:
            torch.save(self.model.state_dict(), folder / WEIGHTS_FILE)
            about = {"batch_size": self.batch_size, "fingerprint": self.fingerprint}
            write_json(folder / SETTINGS_FILE, {"format": FORMAT, **self.settings, **about})

    @classmethod
    def load(cls, path: str | Path, *, batch_size: int | None = None) -> WorldEncoder:
        """Read an encoder that ``save`` wrote.

        Args:
            path: the folder.
            batch_size: items that go through a tower at once; None: as when it was saved.

        Returns:
            The encoder.

        Raises:
            InputError: if the folder holds no whole encoder.
        """
        settings = _read_settings(Path(path) / SETTINGS_FILE)
        fingerprint, weights_file = settings.pop("fingerprint"), Path(path) / WEIGHTS_FILE
        settings["batch_size"] = batch_size or settings["batch_size"]
        return whole(lambda: cls(**settings), weights_file, fingerprint)


def scaled(pixels: np.ndarray) -> Tensor:
    """Turn pixels [N, S, S, 3] uint8 into what the picture tower reads, [N, 3, S, S] in -1..1."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        if described.pop("format") != FORMAT:
            raise InputError(f"is not of format {FORMAT}; train the encoder again", file=path)
        sizes = ("width", "channels", "character_width", "picture_size", "batch_size")
        return {name: described[name] for name in ("characters", *sizes, "fingerprint")}
    except FileNotFoundError:
        raise InputError("is no encoder of the picture world: it has no encoder.json", file=path.parent) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError("is not the description of an encoder", file=path) from None
