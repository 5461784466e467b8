"""LMDB folders, opened for reading when a process first asks."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lmdb

from mmtg.errors import InputError

MOST_OPEN = 16
"""Folders kept open in a process; the longest unused is closed, and opened again when asked for."""


class _Environments:
    """The folders that one process has open. LMDB allows each once in a process, and none across a fork."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.open: OrderedDict[str, lmdb.Environment] = OrderedDict()

    def get(self, path: Path) -> lmdb.Environment:
        """The folder, opened if it is not; the caller holds the lock."""
        name = os.path.realpath(path)
        if name not in self.open:
            while len(self.open) >= MOST_OPEN:
                self.open.popitem(last=False)[1].close()
            self.open[name] = _opened(path)
        self.open.move_to_end(name)
        return self.open[name]

    def close(self) -> None:
        """Closes all; in a forked process its own copies alone, since nothing locks the files."""
        while self.open:
            self.open.popitem()[1].close()


_environments = _Environments()


@contextmanager
def reading(path: Path) -> Iterator[lmdb.Transaction]:
    """Give a read transaction; what is read is to be copied before its end.

    Args:
        path: the folder.

    Yields:
        The transaction.

    Raises:
        InputError: it is no whole LMDB folder.
    """
    global _environments
    if _environments.process != os.getpid():
        inherited, _environments = _environments, _Environments()
        inherited.close()
    with _environments.lock, _environments.get(path).begin() as transaction:
        yield transaction


def forget(path: Path) -> None:
    """Closes a folder in this process, as before it is replaced."""
    if _environments.process == os.getpid():
        with _environments.lock:
            environment = _environments.open.pop(os.path.realpath(path), None)
            if environment is not None:
                environment.close()


def _opened(path: Path) -> lmdb.Environment:
    file = path / "data.mdb"
    if not file.is_file():
        raise InputError("is no LMDB folder: has no data.mdb", file=path)
    try:
        environment = lmdb.open(str(path), readonly=True, lock=False, create=False, readahead=False)
    except lmdb.Error as error:
        raise InputError(f"is no LMDB folder that can be read ({error})", file=path) from error
    pages, page = environment.info()["last_pgno"] + 1, environment.stat()["psize"]
    if file.stat().st_size < pages * page:  # reading behind its end would end the process
        environment.close()
        raise InputError(f"is cut off: has {file.stat().st_size} bytes, not {pages * page}", file=file)
    return environment
