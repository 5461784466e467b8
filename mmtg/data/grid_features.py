"""Cells of images as a detector saw them, in HDF5 (generate-it reference, sections 1.3 and 4.1).

A file has a group for each image, named as the image, with a dataset ``features``. Letters of shapes: B images, S cells
a side of an image, G = S * S or fewer, W vector width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from mmtg.errors import InputError

if TYPE_CHECKING:  # imported where it is used: most runs need none of it
    import h5py

FEATURES = "features"
"""The dataset in an image's group."""

TRAIN = "train"
"""In the names of the images of the first file."""


@dataclass(frozen=True)
class GridFeatures:
    """Two files of images; an image's name decides between them.

    They are opened when images are asked for and closed behind them, so that nothing open crosses a fork.

    Attributes:
        train: of the images that have ``train`` in their name.
        val: of all others.
        grid: S.
        width: W.
    """

    train: Path
    val: Path
    grid: int
    width: int

    def read(self, names: Sequence[str]) -> np.ndarray:
        """The cells of B images.

        Args:
            names: of the images.

        Returns:
            float32 [B, S, S, W].

        Raises:
            InputError: naming file and image, if a file or an image is missing, broken, of another shape or not finite.
        """
        found = np.empty((len(names), self.grid, self.grid, self.width), np.float32)
        for path in dict.fromkeys((self.train, self.val)):
            rows = [row for row, name in enumerate(names) if self._file(name) == path]
            if rows:
                with _opened(path) as file:
                    for row in rows:
                        found[row] = self._cells(file, path, names[row])
        return found

    def check(self, names: Sequence[str]) -> None:
        """Refuses images that are not there.

        Args:
            names: of the images.

        Raises:
            InputError: naming file and image, at the first that a file lacks.
        """
        for path in dict.fromkeys((self.train, self.val)):
            own = [name for name in names if self._file(name) == path]
            if own:
                with _opened(path) as file:
                    there = set(file)
                for name in own:
                    if name not in there:
                        raise _error("has no such image", path, name)

    def _file(self, name: str) -> Path:
        return self.train if TRAIN in name else self.val

    def _cells(self, file: h5py.File, path: Path, name: str) -> np.ndarray:
        """An image's cells, checked."""
        kept, shape = _dataset(file, path, name), (self.grid, self.grid, self.width)
        if kept.shape != shape:
            what = f"is of shape {_shape(kept.shape)}; {_shape(shape)} is wanted (data.grid, data.width)"
            raise _error(what, path, name, FEATURES)
        if kept.dtype.kind != "f":
            raise _error(f"is of {kept.dtype}; numbers with a fraction are wanted", path, name, FEATURES)
        try:
            with np.errstate(over="ignore"):
                cells = np.asarray(kept[()], np.float32)
        except (OSError, RuntimeError, ValueError) as error:
            raise _error(f"cannot be read ({error})", path, name, FEATURES) from error
        if not np.isfinite(cells).all():
            raise _error("holds NaN or infinity", path, name, FEATURES)
        return cells


@dataclass(frozen=True)
class GridCells:
    """Cells of the images of a split's experiences, read whenever they are asked for.

    Attributes:
        features: of all images.
        names: of the split's images, in order.
        grid: cells a side; fewer than the files have are means of their neighbours.
    """

    features: GridFeatures
    names: Sequence[str]
    grid: int

    def of(self, indices: Sequence[int]) -> Tensor:
        """The cells of B experiences of one step, float32 [B, 1, G, W]."""
        cells = self.features.read([self.names[index] for index in indices])
        return torch.from_numpy(pooled(cells, self.grid))[:, None]


def pooled(cells: np.ndarray, grid: int) -> np.ndarray:
    """Means of cells that lie together.

    Args:
        cells: [B, S, S, W].
        grid: divides S.

    Returns:
        [B, grid * grid, W], row by row.
    """
    count, side, _, width = cells.shape
    share = side // grid
    blocks = cells.reshape(count, grid, share, grid, share, width)
    means: np.ndarray = blocks.mean(axis=(2, 4)) if share > 1 else blocks
    return means.reshape(count, grid * grid, width)


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """Give a file that is open for reading."""
    import h5py

    if not path.is_file():
        raise InputError("no such file", file=path, field="data.root")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"is no HDF5 file that can be read ({error})", file=path) from error
    with file:
        yield file


def _dataset(file: h5py.File, path: Path, name: str) -> Any:
    """The dataset of an image."""
    import h5py

    try:
        group = file.get(name)
        kept = group.get(FEATURES) if isinstance(group, h5py.Group) else None
    except (OSError, RuntimeError, ValueError) as error:
        raise _error(f"cannot be read ({error})", path, name) from error
    if group is None:
        raise _error("has no such image", path, name)
    if not isinstance(kept, h5py.Dataset):
        raise _error("is no group with a dataset of that name", path, name, FEATURES)
    return kept


def _shape(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes)) or "one number"


def _error(what: str, path: Path, name: str, field: str | None = None) -> InputError:
    return InputError(what, file=path, record=f"image {name}", field=field)
