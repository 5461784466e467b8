"""Reads rows of a store's vectors by their places in the file.

Rows are read, not mapped: pages of a mapped file count as this process's memory for as long as it lives, and random
sampling touches all of them. The system keeps what was read, once for all processes.

Letters of shapes: V vectors, W their width.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from mmtg.errors import InputError


class VectorFile:
    """The table of vectors of a store, open for reading; safe to use in forked processes.

    Args:
        path: the Arrow file, one column of lists of W numbers.
        width: W.

    Raises:
        InputError: the file is not such a table.
    """

    def __init__(self, path: Path, width: int) -> None:
        self.path, self.width = path, width
        try:
            self.starts, self.offsets, self.dtype = _places(path, width)
            self.file = os.open(path, os.O_RDONLY)
        except (OSError, ValueError, KeyError, AttributeError) as error:  # pyarrow's own errors are ValueErrors
            raise InputError(f"cannot be opened as a table of vectors ({error})", file=path) from error

    def __del__(self) -> None:
        if hasattr(self, "file"):
            os.close(self.file)

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """Read vectors.

        Args:
            numbers: integers [N], each -1 (missing) or below V.

        Returns:
            [N, W] in the file's type; zeros for -1.

        Raises:
            InputError: the file has become shorter.
        """
        wanted, rows_of = np.unique(numbers, return_inverse=True)
        held = np.zeros((len(wanted), self.width), self.dtype)
        first = int(np.searchsorted(wanted, 0))
        self._fill(held[first:], wanted[first:])
        return held[rows_of]

    def _fill(self, held: np.ndarray, wanted: np.ndarray) -> None:
        """Read vectors in the order of the file; those that stand one after another in one go."""
        size = self.width * self.dtype.itemsize
        chunk = np.searchsorted(self.starts, wanted, side="right") - 1
        offsets = self.offsets[chunk] + (wanted - self.starts[chunk]) * size
        begins = np.flatnonzero(np.diff(offsets, prepend=-1) != size)
        ends = np.append(begins[1:], len(offsets))[: len(begins)]
        target = held.reshape(-1).view(np.uint8).data
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            part = target[begin * size : end * size]
            if os.preadv(self.file, [part], int(offsets[begin])) != len(part):
                raise InputError("ends before its end: it was changed while open", file=self.path)


def _places(path: Path, width: int) -> tuple[np.ndarray, np.ndarray, np.dtype]:
    """The first number of each chunk, the byte of the file at which its vectors begin, and their type."""
    with pa.memory_map(str(path)) as mapped:
        base = mapped.read_buffer(1).address
        mapped.seek(0)
        chunks = [chunk.flatten() for chunk in pa.ipc.open_stream(mapped).read_all().column("vector").chunks]
        dtype = np.dtype(chunks[0].type.to_pandas_dtype())
        offsets = [chunk.buffers()[1].address - base + chunk.offset * dtype.itemsize for chunk in chunks]
        starts = np.cumsum([0, *(len(chunk) // width for chunk in chunks[:-1])])
    return starts, np.array(offsets, np.int64), dtype
