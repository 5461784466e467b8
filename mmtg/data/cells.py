"""Cells of pictures as an encoder sees them, in one memory-mapped array, made once.

Letters of shapes: B experiences, T steps, G cells of a picture, W vector width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.data.experience import Experience, Experiences
from mmtg.data.pictured import rows_read
from mmtg.data.posts.pixels import Opener, numbered
from mmtg.data.splits import Split
from mmtg.encoders.base import CellEncoder
from mmtg.logging.progress import track

FORMAT = 2
"""Raise it when the same pictures become other cells."""

FILE = "cells.npy"
AT_ONCE = 256
"""Pictures that are encoded together; makes no difference to what comes out."""


@dataclass(frozen=True)
class SplitCells:
    """Cells of the pictures of some experiences of a split.

    Attributes:
        rows: [N] the place in ``cells`` of each experience of the split; -1 where its pictures were not asked for.
        cells: float [M, T, G, W].
    """

    rows: np.ndarray
    cells: np.ndarray

    def of(self, indices: Sequence[int]) -> Tensor:
        """The cells of B experiences, float32 [B, T, G, W].

        Args:
            indices: places in the split.

        Returns:
            A copy.

        Raises:
            InputError: those of one were not asked for.
        """
        return torch.from_numpy(self.cells[rows_read(self.rows, indices)].astype(np.float32))


@dataclass(frozen=True)
class OpenedCells:
    """Cells of experiences whose pictures are opened and encoded whenever they are asked for.

    Attributes:
        experiences: with their pictures.
        encoder: sees the cells.
        grid: cells a side of a picture.
    """

    experiences: Sequence[Experience]
    encoder: CellEncoder
    grid: int

    def of(self, indices: Sequence[int]) -> Tensor:
        """The cells of B experiences, float32 [B, T, G, W]; zeros where there is no picture."""
        steps = [step for index in indices for step in self.experiences[index].steps]
        cells = np.zeros((len(steps), self.grid**2, self.encoder.cell_width), np.float32)
        _fill(cells, iter([step.picture for step in steps]), self.encoder, self.grid, workers=0)
        return torch.from_numpy(cells).unflatten(0, (len(indices), -1))


def split_cells(
    experiences: Experiences,
    split: Split,
    wanted: np.ndarray,
    encoder: CellEncoder,
    artefacts: Artefacts,
    *,
    grid: int,
    dtype: str,
    title: str,
    workers: int,
) -> SplitCells:
    """The cells of a split's pictures, encoded now if they are not kept.

    Args:
        experiences: of the split's store.
        split: N experiences.
        wanted: bool [N], those whose pictures are needed.
        encoder: sees the cells.
        artefacts: where they are kept.
        grid: cells a side of a picture.
        dtype: in which they are kept.
        title: of the bar.
        workers: threads that open pictures ahead.

    Returns:
        The cells.
    """
    places, steps = split.places[wanted], split.store.steps
    shape = (len(places), steps, grid**2, encoder.cell_width)
    rows = np.where(wanted, np.cumsum(wanted) - 1, -1)
    if not len(places):
        return SplitCells(rows, np.zeros(shape, dtype))

    def openers() -> Iterator[Opener]:
        for place in track(places.tolist(), title):
            yield from (step.picture for step in experiences[place].steps)

    def make(folder: Path) -> None:
        cells = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=np.dtype(dtype), shape=shape)
        _fill(cells.reshape(-1, *shape[2:]), openers(), encoder, grid, workers=workers)
        cells.flush()

    chosen = {"store": split.store.fingerprint, "places": fingerprint({"places": places.tobytes().hex()})}
    seen = {"encoder": encoder.fingerprint, "grid": grid, "dtype": dtype, "cells": FORMAT}
    path = artefacts.ensure("cells", {**chosen, **seen}, make)
    return SplitCells(rows, np.load(path / FILE, mmap_mode="r"))


def _fill(cells: np.ndarray, openers: Iterator[Opener], encoder: CellEncoder, grid: int, *, workers: int) -> None:
    """Puts cells of the pictures that are there into their places of [N, G, W]."""
    pictures: Iterator[tuple[int, Image]] = numbered(openers, workers)
    while some := list(islice(pictures, AT_ONCE)):
        cells[[place for place, _ in some]] = encoder.encode_cells([picture for _, picture in some], grid).numpy()
