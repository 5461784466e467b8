"""Writes a store of experiences in bounded memory; see ``store`` for what a store is.

Letters of shapes: T steps, W the width of a vector.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mmtg.data.experience import SCORE_RANGES, Experience, check_experience
from mmtg.data.hashes import DIGEST, Numbers
from mmtg.errors import InputError
from mmtg.files import build_folder, write_json

if TYPE_CHECKING:  # imported where it is used: what only reads stores need not wait a second for it
    from datasets import Features

FORMAT = 1
TABLE_FILE = "data-00000-of-00001.arrow"
COLUMNS = (
    "id",
    "topic",
    "texts",
    "lines",
    "rating",
    "scores",
    "plan",
    "topic_vector",
    "image_vectors",
    "text_vectors",
)
"""Of the table of experiences."""
ROWS_AT_ONCE = 1000
BYTES_AT_ONCE = 32 << 20
"""How much is held before it is written: also the size of the chunks that a reader gathers from."""


class StoreWriter:
    """Writes experiences and their vectors; use it as a context manager.

    Everything is written beside ``path`` and renamed at a clean exit; after an exception nothing is left.

    Args:
        path: the folder to make.
        steps: T.
        lines_per_step: lines that belong to each step.
        fewer_lines: whether an experience may have fewer lines than these say.
        width: W; None takes that of the first vector.
        vector_dtype: ``float32``, or ``float16`` for half the disk at about 3 digits.
        origin: where the content comes from (encoder, source), kept as it is: plain JSON data.
        overwrite: replace a store that is there.

    Raises:
        InputError: from ``with``, if the folder is there and not empty and ``overwrite`` is not set.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        steps: int,
        lines_per_step: int,
        fewer_lines: bool = False,
        width: int | None,
        vector_dtype: str = "float32",
        origin: dict[str, Any] | None = None,
        overwrite: bool = False,
    ) -> None:
        if vector_dtype not in ("float32", "float16"):
            raise InputError(f"vector_dtype must be float32 or float16, not {vector_dtype}")
        self.path = Path(path)
        self.steps = steps
        self.lines_per_step = lines_per_step
        self.fewer_lines = fewer_lines
        self.width = width
        self.vector_dtype = np.dtype(vector_dtype)
        self.origin = origin or {}
        self.overwrite = overwrite
        self._cleanup = ExitStack()
        self._numbers = Numbers()  # of the digests of vectors
        self._row_hash = hashlib.blake2b(digest_size=16)
        self._vector_hash = hashlib.blake2b(digest_size=16)
        self._pending = np.empty((0, 0), self.vector_dtype)  # [rows of a chunk, W]
        self._pending_count = 0
        self._vectors: TableWriter | None = None  # made with the first vector: the width is known then

    @property
    def vector_count(self) -> int:
        """How many distinct vectors there are so far."""
        return len(self._numbers)

    def __enter__(self) -> StoreWriter:
        with self._cleanup:  # undone at once if anything below fails
            self._folder = self._cleanup.enter_context(build_folder(self.path, overwrite=self.overwrite))
            self._rows = self._cleanup.enter_context(
                TableWriter(self._folder / "experiences", row_features(self.steps))
            )
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._cleanup.__exit__(kind, error, trace)
            return
        with self._cleanup:
            self._finish()

    def vector(self, vector: np.ndarray) -> int:
        """Keep a vector, unless an equal one is kept already.

        Args:
            vector: [W] floats, finite in the store's type.

        Returns:
            Its number.

        Raises:
            InputError: if it is no finite vector of the store's width.
        """
        with np.errstate(over="ignore"):
            kept = np.ascontiguousarray(vector, dtype=self.vector_dtype)
        if self.width is None:
            self.width = kept.size
        if kept.shape != (self.width,):
            raise InputError(f"a vector is shaped {list(kept.shape)}, [{self.width}] is wanted", file=self.path)
        if not np.isfinite(kept).all():
            raise InputError(f"a vector is not finite in {self.vector_dtype}", file=self.path)
        digest = hashlib.blake2b(kept.data, digest_size=DIGEST).digest()
        number, new = self._numbers.of(digest)
        if new:
            self._vector_hash.update(digest)
            self._keep(kept)
        return number

    def add(
        self,
        experience: Experience,
        *,
        topic_vector: int = -1,
        image_vectors: Sequence[int] | np.ndarray,
        text_vectors: Sequence[int] | np.ndarray,
    ) -> None:
        """Add an experience; pictures and vectors it holds itself are not kept, only the numbers given here.

        Args:
            experience: what to add.
            topic_vector: number of the topic's vector, -1 if it has none.
            image_vectors: [T] numbers of the pictures' vectors, -1 for a missing one.
            text_vectors: [T] numbers of the texts' vectors, -1 for a missing one.

        Raises:
            InputError: if the experience does not keep to the schema.
            ValueError: if a number is not one that ``vector`` gave.
        """
        check_experience(
            experience,
            steps=self.steps,
            lines_per_step=self.lines_per_step,
            fewer_lines=self.fewer_lines,
            width=self.width,
            file=self.path,
            record=str(experience.id),
        )
        numbers = [topic_vector, *image_vectors, *text_vectors]
        if len(numbers) != 1 + 2 * self.steps or not -1 <= min(numbers) <= max(numbers) < self.vector_count:
            raise ValueError(f"{len(numbers)} vector numbers from {min(numbers)} to {max(numbers)}")
        row = _row(experience, [int(number) for number in numbers])
        self._row_hash.update(json.dumps(row, ensure_ascii=True).encode())
        self._rows.add(row)

    def _keep(self, vector: np.ndarray) -> None:
        if not self._pending_count:
            rows = max(1, BYTES_AT_ONCE // max(1, vector.nbytes))
            self._pending = np.empty((rows, vector.size), self.vector_dtype)
        self._pending[self._pending_count] = vector
        self._pending_count += 1
        if self._pending_count == len(self._pending):
            self._write_vectors()

    def _write_vectors(self) -> None:
        if self._vectors is None:
            from datasets import Features, List, Value

            features = Features({"vector": List(Value(self.vector_dtype.name), length=self.width or 0)})
            self._vectors = self._cleanup.enter_context(TableWriter(self._folder / "vectors", features))
        numbers = pa.array(self._pending[: self._pending_count].reshape(-1))
        column = pa.FixedSizeListArray.from_arrays(numbers, self.width)
        self._vectors.write(pa.table({"vector": column}))
        self._pending_count = 0

    def _finish(self) -> None:
        if self._pending_count:
            self._write_vectors()
        for table in filter(None, (self._rows, self._vectors)):
            table.finish()
        sizes = {
            path.relative_to(self._folder).as_posix(): path.stat().st_size
            for path in sorted(self._folder.rglob("*"))
            if path.is_file()
        }
        described = {
            "format": FORMAT,
            "steps": self.steps,
            "lines_per_step": self.lines_per_step,
            "width": self.width or 0,
            "vector_dtype": self.vector_dtype.name,
            "experiences": self._rows.count,
            "vectors": self.vector_count,
            "fingerprint": self._fingerprint(),
            "origin": self.origin,
            "files": sizes,
        }
        write_json(self._folder / "store.json", described)

    def _fingerprint(self) -> str:
        layout = [self.steps, self.lines_per_step, self.width or 0, self.vector_dtype.name]
        parts = [json.dumps(layout), self._row_hash.hexdigest(), self._vector_hash.hexdigest()]
        return hashlib.blake2b("".join(parts).encode(), digest_size=16).hexdigest()


class TableWriter:
    """Writes one table of a store, so that ``datasets.Dataset.load_from_disk`` opens it.

    Args:
        folder: the folder to make.
        features: the columns.
    """

    def __init__(self, folder: Path, features: Features) -> None:
        from datasets.arrow_writer import ArrowWriter

        folder.mkdir()
        self.folder = folder
        self.features = features
        self.count = 0
        self._rows: list[dict[str, Any]] = []
        self._writer = ArrowWriter(features=features, path=(folder / TABLE_FILE).absolute().as_posix())

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, row: dict[str, Any]) -> None:
        """Add one row; rows are written some at a time."""
        self._rows.append(row)
        if len(self._rows) == ROWS_AT_ONCE:
            self._write_rows()

    def write(self, table: pa.Table) -> None:
        """Write a table as one chunk."""
        self._writer.write_table(table)
        self.count += len(table)

    def finish(self) -> None:
        """Write what is left, and the files that make the folder a dataset."""
        from datasets import DatasetInfo

        self._write_rows()
        self._writer.finalize()
        DatasetInfo(features=self.features).write_to_directory(self.folder.absolute().as_posix())
        state: dict[str, Any] = {
            "_data_files": [{"filename": TABLE_FILE}],
            "_fingerprint": secrets.token_hex(8),
            "_format_columns": None,
            "_format_kwargs": {},
            "_format_type": None,
            "_output_all_columns": False,
            "_split": None,
        }
        write_json(self.folder / "state.json", state)

    def _write_rows(self) -> None:
        if self._rows:
            self.write(pa.Table.from_pylist(self._rows, schema=self.features.arrow_schema))
            self._rows = []


def row_features(steps: int) -> Features:
    """Give the columns of the table of experiences.

    Args:
        steps: T.

    Returns:
        Names and types of the columns.
    """
    from datasets import Features, List, Value

    scores = {name: List(Value("int8")) for name in SCORE_RANGES}
    types = (
        Value("string"),
        Value("string"),
        List(Value("string"), length=steps),
        List(Value("string")),
        Value("int8"),
        List(scores),
        List(List(Value("string"))),
        Value("int32"),
        List(Value("int32"), length=steps),
        List(Value("int32"), length=steps),
    )
    return Features(dict(zip(COLUMNS, types, strict=True)))


def _row(experience: Experience, numbers: list[int]) -> dict[str, Any]:
    """Make the row of an experience; ``numbers`` are those of its topic, pictures and texts, in order."""
    steps = len(experience.steps)
    scores = experience.scores and [
        {name: [int(score) for score in getattr(of_step, name)] for name in SCORE_RANGES}
        for of_step in experience.scores
    ]
    return {
        "id": experience.id,
        "topic": experience.topic,
        "texts": [step.text for step in experience.steps],
        "lines": None if experience.lines is None else list(experience.lines),
        "rating": int(experience.rating or 0),
        "scores": scores or None,
        "plan": None if experience.plan is None else [list(names) for names in experience.plan],
        "topic_vector": numbers[0],
        "image_vectors": numbers[1 : 1 + steps],
        "text_vectors": numbers[1 + steps :],
    }
