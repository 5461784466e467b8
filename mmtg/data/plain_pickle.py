"""Reads pickles from strangers: plain data only, no code is ever run, and files larger than memory are fine.

Plain data is None, booleans, numbers, text, bytes, lists, tuples, dicts, sets and numpy arrays of numbers or
text. A list of ``VECTOR_MIN`` (64) or more floats and nothing else becomes a numpy array, float64 [length],
or what ``on_vector`` makes of it; it stays one object however often the pickle refers to it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Callable, Container, Iterator
from pathlib import Path

import numpy as np

from mmtg.data.pickle_machine import Machine
from mmtg.data.pickle_values import VECTOR_MIN, Refused
from mmtg.data.pickle_where import where
from mmtg.errors import InputError

__all__ = ["VECTOR_MIN", "outer_type", "read_items", "read_plain"]

OnVector = Callable[[np.ndarray], object]
Progress = Callable[[int, int], None]


def read_items(
    path: str | os.PathLike[str],
    *,
    keep: Container[str] | None = None,
    on_vector: OnVector | None = None,
    progress: Progress | None = None,
) -> Iterator[object]:
    """Yield the items of a pickled list, in order, without keeping them.

    Pickles are written in batches of 1000 items; each batch is handed out when it has been read. Memory does
    not grow with the vectors, but by a little for every text and container, as later items may refer to them.

    Args:
        path: the pickle, protocol 0 to 5; its outer object is a list.
        keep: names of the fields whose vectors are wanted; vectors in other fields become None unread.
        on_vector: told each float vector once, float64 [length] or a numpy vector as it is; what it returns
            takes the vector's place wherever the pickle refers to it. None leaves the vectors themselves.
        progress: told now and then how many bytes have been read, and of how many.

    Yields:
        The items.

    Raises:
        InputError: naming file, record and field, if the pickle asks for more than plain data, is damaged,
            cut short, or holds anything but a list.
    """
    path = Path(path)
    data = _map(path)
    told = _of_all(progress, len(data))
    machine = Machine(data, streaming=True, keep=keep, on_vector=on_vector, progress=told)
    with _named(path, machine):
        more = machine.advance()
    while more:
        items, machine.ready = machine.ready, []
        items.reverse()
        while items:
            machine.finished += 1
            yield items.pop()
        with _named(path, machine):
            more = machine.advance()
    told(len(data))


def read_plain(
    path: str | os.PathLike[str], *, on_vector: OnVector | None = None, progress: Progress | None = None
) -> object:
    """Read a whole pickle of plain data.

    Args:
        path: the pickle, protocol 0 to 5.
        on_vector: as for ``read_items``.
        progress: as for ``read_items``.

    Returns:
        What was pickled.

    Raises:
        InputError: as for ``read_items``; any outer object is allowed.
    """
    path = Path(path)
    data = _map(path)
    told = _of_all(progress, len(data))
    machine = Machine(data, on_vector=on_vector, progress=told)
    with _named(path, machine):
        machine.advance()
    told(len(data))
    return machine.result


def outer_type(path: str | os.PathLike[str]) -> type | None:
    """Tell from its first bytes whether a pickle holds a list or a dict.

    Args:
        path: the pickle.

    Returns:
        The type of its outer object; None if it is another.

    Raises:
        InputError: if it cannot be read, or is no pickle of plain data.
    """
    path = Path(path)
    machine = Machine(_map(path))
    with _named(path, machine):
        return machine.peek(64)


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise InputError("is empty", file=path)
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", file=path) from None
    if data[:4] == b"PK\x03\x04":
        raise InputError("is a zip archive (a checkpoint?), not a pickle of plain data", file=path)
    return data


def _of_all(progress: Progress | None, size: int) -> Callable[[int], None]:
    def told(done: int) -> None:
        if progress is not None:
            progress(done, size)

    return told


@contextlib.contextmanager
def _named(path: Path, machine: Machine) -> Iterator[None]:
    """Say where in the file a refusal happened."""
    try:
        yield
    except Refused as refused:
        record, field = where([*machine.below, machine.stack], machine.finished)
        raise InputError(str(refused), file=path, record=record, field=field) from refused
