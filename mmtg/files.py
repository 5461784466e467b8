"""Writing so that nothing partial is ever found where a whole thing is expected: beside, then renamed."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from mmtg.errors import InputError


@contextlib.contextmanager
def build_file(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path beside ``target`` to write a file to; rename it to ``target`` at a clean exit.

    Args:
        target: the file to make or replace; missing parent folders are made.

    Yields:
        The path to write to. After an exception it is removed, and ``target`` is as it was.
    """
    target = Path(target)
    with _beside(target) as partial:
        yield partial
        _flush(partial)
        os.replace(partial, target)
        _flush(target.parent)


@contextlib.contextmanager
def build_folder(target: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give a fresh folder beside ``target`` to fill; rename it to ``target`` at a clean exit.

    Args:
        target: the folder to make; missing parent folders are made.
        overwrite: replace a folder that is there and not empty, at the end and whole.

    Yields:
        The folder to fill. After an exception it is removed, and ``target`` is as it was.

    Raises:
        InputError: if ``target`` is a file, or a folder that is not empty without ``overwrite``; before
            anything is written.
    """
    target = Path(target)
    check_free(target, overwrite=overwrite)
    target = target.resolve()
    with _beside(target) as partial:
        partial.mkdir()
        yield partial
        for path in partial.rglob("*"):
            _flush(path)
        _flush(partial)
        _replace_folder(partial, target, overwrite)
        _flush(target.parent)


def check_free(target: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Refuse a target folder that would lose something.

    Args:
        target: the folder that is to be written.
        overwrite: whether a folder that is not empty may be replaced.

    Raises:
        InputError: if ``target`` is a file, or a folder that is not empty without ``overwrite``.
    """
    target = Path(target)
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise InputError("is not a folder; name another target", file=target)
    if not overwrite and any(target.iterdir()):
        raise InputError("is there already and not empty; name another target, or overwrite it", file=target)


def check_new_file(target: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Refuse a target file that would lose something.

    Args:
        target: the file that is to be written.
        overwrite: whether a file that is there may be replaced.

    Raises:
        InputError: if ``target`` is a folder, or is there without ``overwrite``.
    """
    target = Path(target)
    if target.is_dir():
        raise InputError("is a folder; name a file", file=target)
    if os.path.lexists(target) and not overwrite:
        raise InputError("is there already; name another, or say task.overwrite=true", file=target)


def write_bytes(target: str | os.PathLike[str], content: bytes) -> None:
    """Make or replace a file in one go.

    Args:
        target: the file.
        content: all of its bytes.
    """
    with build_file(target) as partial:
        partial.write_bytes(content)


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Make or replace a UTF-8 text file in one go.

    Args:
        target: the file.
        text: all of its text.
    """
    write_bytes(target, text.encode())


def write_json(target: str | os.PathLike[str], value: object) -> None:
    """Make or replace a JSON file in one go, for people to read: indented, not escaped.

    Args:
        target: the file.
        value: plain data; NaN and infinity are refused with ValueError.
    """
    write_text(target, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a free name in the target's folder; after an exception remove it and the parents made for it."""
    made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent / f".{target.name}.{secrets.token_hex(8)}.partial"
    try:
        yield partial
    except BaseException:
        _remove(partial)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def remove_leftovers(target: str | os.PathLike[str]) -> None:
    """Remove what killed processes left beside a target; nobody may be writing it.

    Args:
        target: the file or folder that they were making.
    """
    target = Path(target)
    for partial in target.parent.glob(f".{glob.escape(target.name)}.*.partial"):
        _remove(partial)


def _replace_folder(partial: Path, target: Path, overwrite: bool) -> None:
    check_free(target, overwrite=overwrite)
    if not target.exists() or not any(target.iterdir()):
        os.rename(partial, target)
        return
    old = partial.with_suffix(".old")
    os.rename(target, old)
    try:
        os.rename(partial, target)
    except BaseException:
        os.rename(old, target)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Ask the system to put a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
