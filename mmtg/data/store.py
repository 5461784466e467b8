"""Experiences kept on disk, memory-mapped: a store larger than memory opens at once.

A store is a folder: ``experiences/`` and ``vectors/``, two tables that ``datasets.Dataset.load_from_disk``
opens too, and ``store.json``. Each distinct vector is kept once; experiences refer to it by number.

Letters of shapes: N experiences, T steps, V distinct vectors, W the width of a vector.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmtg.data.experience import StepScores
from mmtg.data.store_writer import COLUMNS, FORMAT, TABLE_FILE, StoreWriter
from mmtg.data.table import Table
from mmtg.data.vector_file import VectorFile
from mmtg.errors import InputError

__all__ = ["ExperienceStore", "StoreWriter", "StoredExperience"]

ROWS_AT_ONCE = 64
"""Vectors that are converted in one go."""


@dataclass(frozen=True)
class StoredExperience:
    """One experience as it is kept: vectors are numbers for ``ExperienceStore.vectors``, -1 a missing one.

    Attributes:
        id: the name of this experience.
        topic: the topic word or words.
        texts: [T] texts, None where missing.
        lines: the target lines, or None.
        rating: 1 to 5, or None.
        scores: [T] raters' scores, or None.
        plan: [T] names of the concepts of each step's couplet, or None.
        topic_vector: number of the topic's vector.
        image_vectors: [T] int32, numbers of the pictures' vectors.
        text_vectors: [T] int32, numbers of the texts' vectors.
    """

    id: str
    topic: str
    texts: tuple[str | None, ...]
    lines: tuple[str, ...] | None
    rating: int | None
    scores: tuple[StepScores, ...] | None
    plan: tuple[tuple[str, ...], ...] | None
    topic_vector: int
    image_vectors: np.ndarray
    text_vectors: np.ndarray


class ExperienceStore:
    """Reads a store; made by ``ExperienceStore.open``.

    Its tables are opened when first asked for; a store that is sent to another process opens them anew there.

    Args:
        path: the folder.
        described: what ``store.json`` holds.

    Attributes:
        path (Path): the folder.
        steps (int): T.
        lines_per_step (int): lines that belong to each step.
        width (int): W.
        vector_count (int): V.
        fingerprint (str): hash of the content: equal when experiences and vectors, and their order, are equal.
        origin (dict[str, Any]): where the content comes from, as told to the writer.
    """

    path: Path
    steps: int
    lines_per_step: int
    width: int
    vector_count: int
    fingerprint: str
    origin: dict[str, Any]

    def __init__(self, path: Path, described: dict[str, Any]) -> None:
        self.path = path
        self.steps = described["steps"]
        self.lines_per_step = described["lines_per_step"]
        self.width = described["width"]
        self.vector_count = described["vectors"]
        self.fingerprint = described["fingerprint"]
        self.origin = described["origin"]
        self._count: int = described["experiences"]

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> ExperienceStore:
        """Open a store.

        Args:
            path: the folder a ``StoreWriter`` made.

        Returns:
            The store; nothing but its description has been read.

        Raises:
            InputError: if the folder is missing, is not a store, or is not whole.
        """
        path = Path(path)
        if not path.is_dir():
            what = "is a file; a store is a folder" if path.exists() else "there is no such store"
            raise InputError(what, file=path)
        described = _describe(path / "store.json")
        for name, size in described["files"].items():
            there = (path / name).stat().st_size if (path / name).is_file() else None
            if there != size:
                found = "is missing" if there is None else f"has {there} bytes of {size}"
                raise InputError(f"{found}: the store is not whole; make or copy it again", file=path / name)
        return cls(path, described)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> StoredExperience:
        if not -len(self) <= index < len(self):
            raise IndexError(f"experience {index} of {len(self)}")
        row = self._rows.row(int(index) % len(self))
        return StoredExperience(
            id=row["id"],
            topic=row["topic"],
            texts=tuple(row["texts"]),
            lines=None if row["lines"] is None else tuple(row["lines"]),
            rating=row["rating"] or None,
            scores=None if row["scores"] is None else tuple(_scores(of_step) for of_step in row["scores"]),
            plan=None if row["plan"] is None else tuple(tuple(names) for names in row["plan"]),
            topic_vector=row["topic_vector"],
            image_vectors=np.array(row["image_vectors"], np.int32),
            text_vectors=np.array(row["text_vectors"], np.int32),
        )

    def __getstate__(self) -> dict[str, Any]:
        opened = {"_rows", "_vector_file", "_numbers", "ratings"}
        return {name: value for name, value in vars(self).items() if name not in opened}

    @cached_property
    def ratings(self) -> np.ndarray:
        """[N] int8, 0 where there is none."""
        return np.concatenate([np.zeros(0, np.int8), *self._rows.column("rating")], dtype=np.int8)

    def ids(self) -> Iterator[str]:
        """Yield every experience's name, in order."""
        for chunk in self._rows.column("id"):
            yield from chunk.to_pylist()

    def topics(self) -> Iterator[str]:
        """Yield every experience's topic, in order."""
        for chunk in self._rows.column("topic"):
            yield from chunk.to_pylist()

    def lines(self) -> Iterator[tuple[str, ...]]:
        """Yield every experience's lines, in order; none are an empty tuple."""
        for chunk in self._rows.column("lines"):
            yield from (tuple(lines or ()) for lines in chunk.to_pylist())

    def vectors(self, indices: np.ndarray) -> np.ndarray:
        """Gather vectors by number.

        Args:
            indices: integers of any shape [...], each -1 (missing) or below V.

        Returns:
            [..., W] float32; zeros for -1.

        Raises:
            IndexError: if a number is below -1 or not below V.
        """
        indices = np.asarray(indices)
        flat = indices.reshape(-1)
        if flat.size and not (flat.min() >= -1 and flat.max() < self.vector_count):
            raise IndexError(f"vector numbers {flat.min()} to {flat.max()}, there are {self.vector_count}")
        if not self.vector_count:
            return np.zeros((*indices.shape, self.width), np.float32)
        held, rows = self._vector_file.read(flat)
        return _spread(held, rows).reshape(*indices.shape, self.width)

    def texts(self, places: np.ndarray) -> tuple[list[str], list[tuple[str, ...]]]:
        """Topics and lines of some experiences, without all else that ``[]`` gives.

        Args:
            places: int64 [B], each 0 to N-1.

        Returns:
            B topics, and B experiences' lines; none are an empty tuple.
        """
        topics, lines, at = self._rows.column("topic"), self._rows.column("lines"), self._rows.at(places)
        return [topics[c][i].as_py() for c, i in at], [tuple(lines[c][i].as_py() or ()) for c, i in at]

    def numbers(self, places: np.ndarray) -> np.ndarray:
        """Numbers of the vectors of some experiences, read where they stand in the mapped file.

        Args:
            places: int64 [B], each 0 to N-1.

        Returns:
            Int32 [B, 1 + 2 T]: those of topic, pictures and texts, -1 for a missing one.
        """
        found = np.empty((len(places), 1 + 2 * self.steps), np.int32)
        parts = np.split(found, [1, 1 + self.steps], axis=1)
        for b, (chunk, i) in enumerate(self._rows.at(places)):
            for part, kept in zip(parts, self._numbers[chunk], strict=True):
                part[b] = kept[i]
        return found

    @cached_property
    def _numbers(self) -> list[tuple[np.ndarray, ...]]:
        """Of each chunk of rows the numbers of topics [N, 1], pictures and texts [N, T]: views of the file."""
        columns = [self._rows.column(name) for name in ("topic_vector", "image_vectors", "text_vectors")]
        flat = ((topic, pictures.flatten(), texts.flatten()) for topic, pictures, texts in zip(*columns, strict=True))
        return [tuple(np.asarray(part).reshape(len(parts[0]), -1) for part in parts) for parts in flat]

    @cached_property
    def _rows(self) -> Table:
        return Table(self.path / "experiences" / TABLE_FILE, COLUMNS, len(self))

    @cached_property
    def _vector_file(self) -> VectorFile:
        return VectorFile(self.path / "vectors" / TABLE_FILE, self.width, self.vector_count)


def _describe(path: Path) -> dict[str, Any]:
    """Read and check ``store.json``."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise InputError(f"is of format {described['format']}, {FORMAT} is wanted: make it again", file=path)
        wanted = {
            "steps",
            "lines_per_step",
            "width",
            "vectors",
            "experiences",
            "fingerprint",
            "origin",
            "files",
        }
        if missing := wanted - described.keys():
            raise InputError(f"lacks {', '.join(sorted(missing))}", file=path)
    except FileNotFoundError:
        raise InputError("is not a store of experiences: it has no store.json", file=path.parent) from None
    except (ValueError, TypeError, KeyError):
        raise InputError("is not the description of a store of experiences", file=path) from None
    return described


def _spread(held: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows of a table as float32, some at a time, so that what is between fits the processor's cache.

    By torch, as numpy's conversion takes twenty times as long for float16.
    """
    table, found = torch.from_numpy(held), torch.empty(len(rows), held.shape[1])
    for first in range(0, len(rows), ROWS_AT_ONCE):
        chosen = torch.from_numpy(rows[first : first + ROWS_AT_ONCE])
        found[first : first + ROWS_AT_ONCE] = table.index_select(0, chosen)
    return found.numpy()


def _scores(row: dict[str, list[int]]) -> StepScores:
    return StepScores(**{name: tuple(scores) for name, scores in row.items()})
