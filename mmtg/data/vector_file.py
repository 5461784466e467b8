"""Reads rows of a store's vectors by their places in the file.

Rows are read, not mapped: pages of a mapped file count as this process's memory for as long as it lives, and random
sampling touches all of them. The system keeps what was read, once for all processes.

Letters of shapes: V vectors, W their width.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mmtg.errors import InputError


class VectorFile:
    """The table of vectors of a store, open for reading; other processes may inherit it, or be sent it.

    Args:
        path: the Arrow file, one column of lists of W numbers, not compressed.
        width: W.
        count: V.

    Raises:
        InputError: the file is not such a table.
    """

    def __init__(self, path: Path, width: int, count: int) -> None:
        self.path, self.width, self.count = path, width, count
        try:
            self.starts, self.offsets, self.dtype = _places(path, width, count)
            self.file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except (OSError, ValueError, KeyError, AttributeError, pa.ArrowException) as error:
            raise InputError(f"cannot be opened as a table of vectors ({error})", file=path) from error
        self.close = weakref.finalize(self, os.close, self.file)

    def __reduce__(self) -> tuple[Any, ...]:
        return VectorFile, (self.path, self.width, self.count)

    def read(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read vectors, each that is asked for once.

        Args:
            numbers: integers [N], each -1 (missing) or below V.

        Returns:
            [U, W] in the file's type, the different ones among them, zeros for -1; and which of these each of the N
            numbers asks for, [N].

        Raises:
            InputError: the file has become shorter, or cannot be read.
        """
        wanted, rows_of = np.unique(numbers, return_inverse=True)
        held = np.empty((len(wanted), self.width), self.dtype)
        first = int(np.searchsorted(wanted, 0))
        held[:first] = 0
        self._fill(held[first:], wanted[first:])
        return held, rows_of

    def _fill(self, held: np.ndarray, wanted: np.ndarray) -> None:
        """Read vectors in the order of the file; those that stand one after another in one go."""
        size = self.width * self.dtype.itemsize
        chunk = np.searchsorted(self.starts, wanted, side="right") - 1
        offsets = self.offsets[chunk] + (wanted - self.starts[chunk]) * size
        begins = np.flatnonzero(np.diff(offsets, prepend=-size - 1) != size)
        ends = np.append(begins[1:], len(offsets))[: len(begins)]
        target = held.reshape(-1).view(np.uint8).data
        for begin, end, offset in zip(begins.tolist(), ends.tolist(), offsets[begins].tolist(), strict=True):
            self._read(target[begin * size : end * size], offset)

    def _read(self, target: memoryview, offset: int) -> None:
        """Fill a part of memory from the file; the system may give less at a time than it is asked for."""
        while target:
            try:
                count = os.preadv(self.file, [target], offset)
            except OSError as error:
                raise InputError(f"cannot be read ({error.strerror})", file=self.path) from error
            if not count:
                raise InputError("ends before its end: it was changed while open", file=self.path)
            target, offset = target[count:], offset + count


def _places(path: Path, width: int, count: int) -> tuple[np.ndarray, np.ndarray, np.dtype]:
    """The first number of each chunk, the byte of the file at which its vectors begin, and their type."""
    with pa.memory_map(str(path)) as mapped:
        base = mapped.read_buffer(1).address
        mapped.seek(0)
        column = pa.ipc.open_stream(mapped).read_all().column("vector")
        _check(column, width, count)
        dtype = np.dtype(column.type.value_type.to_pandas_dtype())
        chunks = [chunk.flatten() for chunk in column.chunks if len(chunk)]
        offsets = np.array([c.buffers()[1].address - base + c.offset * dtype.itemsize for c in chunks], np.int64)
        lengths = np.array([len(chunk) for chunk in chunks], np.int64)
        if len(chunks) and not (offsets.min() >= 0 and (offsets + lengths * dtype.itemsize).max() <= mapped.size()):
            raise ValueError("its vectors do not stand in the file as they are: it is compressed")
    return (np.cumsum(lengths) - lengths) // width, offsets, dtype


def _check(column: pa.ChunkedArray, width: int, count: int) -> None:
    kind = column.type
    if not pa.types.is_fixed_size_list(kind) or not pa.types.is_floating(kind.value_type) or column.null_count:
        raise ValueError(f"its vectors are {kind}")
    if (kind.list_size, len(column)) != (width, count):
        raise ValueError(f"it has {len(column)} vectors of {kind.list_size} numbers, not {count} of {width}")
