"""A table of one vector per token id, kept in a folder: ``vectors.npy`` and ``table.json``.

It takes the place of the decoder's word embedding (MMTG reference, section 1.6).
Letters of shapes: V tokens, W the width of a vector.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.errors import InputError
from mmtg.files import build_folder, write_json

FORMAT = 1


def save_token_table(
    path: str | os.PathLike[str],
    vectors: np.ndarray,
    *,
    origin: dict[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a table, whole or not at all.

    Args:
        path: the folder to make.
        vectors: [V, W] floats, row i for token id i.
        origin: where the vectors come from (encoder, source), kept as it is: plain JSON data.
        overwrite: replace a table that is there.

    Raises:
        InputError: if the folder is there and not empty, or the vectors are no finite table.
    """
    with np.errstate(over="ignore"):
        table = np.ascontiguousarray(vectors, np.float32)
    if table.ndim != 2 or not table.size:
        raise InputError(f"a token table is shaped [V, W], not {list(table.shape)}", file=path)
    if len(bad := np.flatnonzero(~np.isfinite(table).all(axis=1))):
        raise InputError("holds NaN or infinity", file=path, record=f"token {bad[0]}")
    described = {
        "format": FORMAT,
        "tokens": table.shape[0],
        "width": table.shape[1],
        "fingerprint": _fingerprint(table),
        "origin": origin or {},
    }
    with build_folder(path, overwrite=overwrite) as folder:
        np.save(folder / "vectors.npy", table, allow_pickle=False)
        write_json(folder / "table.json", described)


def open_token_table(path: str | os.PathLike[str]) -> np.ndarray:
    """Open a table; it is mapped, so opening takes no memory.

    Args:
        path: the folder ``save_token_table`` made.

    Returns:
        [V, W] float32, read-only.

    Raises:
        InputError: if the folder is missing, is no token table, or is not whole.
    """
    described = describe_token_table(path)
    file = Path(path) / "vectors.npy"
    try:
        table = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"cannot be opened as a table ({error}): make or copy it again", file=file) from error
    if table.dtype != np.float32 or table.shape != (described["tokens"], described["width"]):
        raise InputError(f"is {table.dtype} {list(table.shape)}, unlike what table.json tells", file=file)
    return table


def describe_token_table(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what is known of a table.

    Args:
        path: the folder.

    Returns:
        ``tokens``, ``width``, ``fingerprint`` (a hash of the content) and ``origin``.

    Raises:
        InputError: if the folder is missing or is no token table.
    """
    file = Path(path) / "table.json"
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
        if described["format"] != FORMAT or not {"tokens", "width", "fingerprint"} <= described.keys():
            raise ValueError
    except OSError:
        raise InputError("is no token table: it has no table.json", file=path) from None
    except (ValueError, KeyError, TypeError):
        raise InputError("is not the description of a token table", file=file) from None
    return described


def _fingerprint(table: np.ndarray) -> str:
    shape = json.dumps(table.shape).encode()
    return hashlib.blake2b(shape + hashlib.blake2b(table.data).digest(), digest_size=16).hexdigest()
