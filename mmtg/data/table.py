"""A table on disk, memory-mapped: what ``store_writer.TableWriter`` wrote, without waiting for ``datasets``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mmtg.errors import InputError


class Table:
    """The rows of an Arrow file, in the chunks it was written in.

    Args:
        path: the file.
        columns: that it must have.
        count: number of rows that it must have; None for any.

    Raises:
        InputError: the file is not such a table.
    """

    def __init__(self, path: Path, columns: tuple[str, ...], count: int | None = None) -> None:
        self.path, self.columns = path, columns
        try:
            self._table = pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError(f"cannot be opened as a table ({error})", file=path) from error
        if lacking := [name for name in columns if name not in self._table.column_names]:
            raise InputError(f"lacks the columns {', '.join(lacking)}", file=path)
        if count is not None and len(self._table) != count:
            raise InputError(f"has {len(self._table)} rows, not {count}", file=path)
        self._chunks = self._table.to_batches()
        self._starts = np.cumsum([0, *(len(chunk) for chunk in self._chunks[:-1])])
        self._kept: dict[str, list[pa.Array]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.path, self.columns, len(self))

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """All rows in order, a chunk at a time: a small part of the time that they take one by one."""
        for chunk in self._chunks:
            yield from chunk.to_pylist()

    def row(self, index: int) -> dict[str, Any]:
        """One row as plain data."""
        ((chunk, place),) = self.at(np.array([index]))
        row: dict[str, Any] = self._chunks[chunk].slice(place, 1).to_pylist()[0]
        return row

    def at(self, places: np.ndarray) -> list[tuple[int, int]]:
        """The chunk, and the place in it, of each row; ``places`` are int64 [B]."""
        chunks = np.searchsorted(self._starts, places, side="right") - 1
        return list(zip(chunks.tolist(), (places - self._starts[chunks]).tolist(), strict=True))

    def column(self, name: str) -> list[pa.Array]:
        """The chunks of a column."""
        if name not in self._kept:
            self._kept[name] = self._table.column(name).chunks
        return self._kept[name]
