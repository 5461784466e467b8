"""Converts the released pickles: experiences to a store, and the vectors of tokens to a token table.

The published files hold plain Python lists and share them between items; loading one takes many times its
size in memory. They are read as a stream instead, and each vector is kept once (MMTG reference, sections 1.2
and 1.6).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.data.experience import SCORE_RANGES, Experience, Step, StepScores, check_experience
from mmtg.data.plain_pickle import outer_type, read_items, read_plain
from mmtg.data.store_writer import StoreWriter
from mmtg.data.token_table import save_token_table
from mmtg.errors import InputError
from mmtg.files import check_free

Progress = Callable[[int, int], None]


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    steps: int = 5,
    lines_per_step: int = 2,
    width: int | None = None,
    vector_dtype: str = "float32",
    origin: dict[str, Any] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Convert a released pickle of either kind: a list is experiences, a dict is vectors of tokens.

    Args:
        source: the pickle.
        target: the folder to make.
        steps: T, the number of steps of each experience.
        lines_per_step: lines that belong to each step.
        width: W, the width of every vector; None takes that of the first.
        vector_dtype: ``float32`` or ``float16``, for experiences; a token table is float32.
        origin: what to note in the target of where it comes from, beside the source's name.
        overwrite: replace what is there.
        progress: told now and then how many bytes have been read, and of how many.

    Returns:
        ``kind`` (``experiences`` or ``token_table``), ``items``, ``vectors`` (kept), ``shared`` (how often
        one was used again), ``width``, ``seconds`` and ``bytes`` (of the source).

    Raises:
        InputError: naming file, record and field, if the source cannot be converted; then no target is made.
    """
    kind = outer_type(source)
    if kind is list:
        return convert_experiences(
            source,
            target,
            steps=steps,
            lines_per_step=lines_per_step,
            width=width,
            vector_dtype=vector_dtype,
            origin=origin,
            overwrite=overwrite,
            progress=progress,
        )
    if kind is dict:
        return convert_token_table(source, target, width=width, origin=origin, overwrite=overwrite, progress=progress)
    raise InputError("holds neither a list of experiences nor a dict of vectors of tokens", file=source)


def convert_experiences(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    steps: int,
    lines_per_step: int,
    width: int | None = None,
    vector_dtype: str = "float32",
    origin: dict[str, Any] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Convert a pickled list of experiences to a store.

    Every item has ``topic``, ``topic_emb``, ``lyrics``, and for each step i ``img_i_emb``, ``r_i`` and
    ``r_i_emb``; ``rating``, ``score_i``, or both. Of these, topic vector, pictures and texts may be None: a
    masked input. Other keys are passed over. Item 17 becomes the experience ``item-000017``.

    Args:
        source: the pickle.
        target: the folder to make.
        steps: T, the number of steps of each experience.
        lines_per_step: lines that belong to each step.
        width: W, the width of every vector; None takes that of the first.
        vector_dtype: ``float32`` or ``float16``.
        origin: what to note in the store of where it comes from, beside the source's name.
        overwrite: replace what is there.
        progress: told now and then how many bytes have been read, and of how many.

    Returns:
        The summary that ``convert`` describes.

    Raises:
        InputError: naming file, record and field, if an item is not as described; then no store is made.
    """
    source, started = Path(source), time.monotonic()
    writer = StoreWriter(
        target,
        steps=steps,
        lines_per_step=lines_per_step,
        width=width,
        vector_dtype=vector_dtype,
        origin={"source": source.name, **(origin or {})},
        overwrite=overwrite,
    )
    items = uses = 0
    with writer:
        reader = _ItemReader(source, writer)
        keep = frozenset(reader.vector_fields)
        for item in read_items(source, keep=keep, on_vector=reader.vector, progress=progress):
            uses += reader.add(item, items)
            items += 1
        if not items:
            raise InputError("holds no items", file=source)
    vectors = writer.vector_count
    return _summary("experiences", source, started, items, vectors, uses - vectors, writer.width)


def convert_token_table(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    width: int | None = None,
    origin: dict[str, Any] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Convert a pickled dict, token id to vector, to a token table.

    Args:
        source: the pickle; its ids are 0 to V-1.
        target: the folder to make.
        width: W, the width of every vector; None takes that of token 0.
        origin: what to note in the table of where it comes from, beside the source's name.
        overwrite: replace what is there.
        progress: told now and then how many bytes have been read, and of how many.

    Returns:
        The summary that ``convert`` describes.

    Raises:
        InputError: naming file and token, if ids or vectors are not as described; then no table is made.
    """
    source, started = Path(source), time.monotonic()
    check_free(target, overwrite=overwrite)
    with np.errstate(over="ignore"):
        read = read_plain(source, on_vector=lambda vector: vector.astype(np.float32), progress=progress)
    if not isinstance(read, dict) or not read:
        raise InputError("is not a dict of vectors of tokens", file=source)
    rows = {token: _as_vector(vector) for token, vector in read.items()}
    for token in range(len(rows)):
        if token not in rows:
            raise InputError(f"has {len(rows)} entries, but none for token {token}", file=source)
    width = width or np.size(rows[0])
    for token in range(len(rows)):
        _check_row(rows[token], width, source, f"token {token}")
    table = np.stack([rows[token] for token in range(len(rows))])
    save_token_table(target, table, origin={"source": source.name, **(origin or {})}, overwrite=overwrite)
    distinct = len({id(row) for row in rows.values()})
    return _summary("token_table", source, started, len(rows), distinct, len(rows) - distinct, width)


class _Number(int):
    """The number of a vector in the store, as distinct from numbers in the pickle."""

    __slots__ = ()


class _ItemReader:
    """Makes experiences of the items of one file.

    Vectors that a store does not take stay arrays, so that the check of the item they are in can name them.
    """

    def __init__(self, source: Path, writer: StoreWriter) -> None:
        self.source = source
        self.writer = writer
        steps = range(writer.steps)
        self.vector_fields = ["topic_emb", *(f"{kind}_{i}_emb" for i in steps for kind in ("img", "r"))]
        self.fields = ["topic", "lyrics", *(f"r_{i}" for i in steps), *self.vector_fields]

    def vector(self, vector: np.ndarray) -> object:
        """Keep a vector in the store."""
        with np.errstate(over="ignore"):
            kept = vector.astype(self.writer.vector_dtype)
        fits = self.writer.width is None or kept.size == self.writer.width
        return _Number(self.writer.vector(kept)) if fits and np.isfinite(kept).all() else kept

    def add(self, item: object, number: int) -> int:
        """Check one item and add it to the store; give how many vectors it uses."""
        record = f"item {number}"
        if not isinstance(item, dict):
            raise InputError(f"must be a dict, not {type(item).__name__}", file=self.source, record=record)
        self._check_keys(item, record)
        vectors = {field: self._kept(item[field]) for field in self.vector_fields}
        experience = self._experience(item, f"item-{number:06d}", record, vectors)
        check_experience(
            experience,
            steps=self.writer.steps,
            lines_per_step=self.writer.lines_per_step,
            width=self.writer.width,
            file=self.source,
            record=record,
        )
        numbers = [-1 if vectors[field] is None else int(vectors[field]) for field in self.vector_fields]
        self.writer.add(
            experience,
            topic_vector=numbers[0],
            image_vectors=numbers[1::2],
            text_vectors=numbers[2::2],
        )
        return len(numbers) - numbers.count(-1)

    def _check_keys(self, item: dict[Any, Any], record: str) -> None:
        scored = [f"score_{step}" for step in range(self.writer.steps)]
        wanted = [*self.fields, *(scored if any(field in item for field in scored) else ["rating"])]
        for field in wanted:
            if field not in item:
                raise InputError("is missing", file=self.source, record=record, field=field)
        beyond = f"img_{self.writer.steps}_emb"
        if beyond in item:
            raise InputError(
                f"is there, but {self.writer.steps} steps are wanted",
                file=self.source,
                record=record,
                field=beyond,
            )

    def _kept(self, value: Any) -> Any:
        """Give the number of a vector, None if it is missing, or what is no good vector as it is."""
        vector = _as_vector(value)
        return self.vector(vector) if isinstance(vector, np.ndarray) and vector is not value else vector

    def _experience(self, item: dict[Any, Any], name: str, record: str, vectors: dict[str, Any]) -> Experience:
        unkept = {field: None if isinstance(kept, _Number) else kept for field, kept in vectors.items()}
        steps = tuple(
            Step(
                text=item[f"r_{step}"],
                image_vector=unkept[f"img_{step}_emb"],
                text_vector=unkept[f"r_{step}_emb"],
            )
            for step in range(self.writer.steps)
        )
        return Experience(
            id=name,
            topic=item["topic"],
            steps=steps,
            lines=tuple(self._list(item["lyrics"], record, "lyrics")),
            rating=item.get("rating"),
            topic_vector=unkept["topic_emb"],
            scores=self._scores(item, record),
        )

    def _scores(self, item: dict[Any, Any], record: str) -> tuple[StepScores, ...] | None:
        if "score_0" not in item:
            return None
        return tuple(
            self._step_scores(item[f"score_{step}"], record, f"score_{step}") for step in range(self.writer.steps)
        )

    def _step_scores(self, scores: object, record: str, field: str) -> StepScores:
        if not isinstance(scores, dict):
            raise InputError("must be a dict of scores", file=self.source, record=record, field=field)
        for name in SCORE_RANGES:
            if name not in scores:
                raise InputError("is missing", file=self.source, record=record, field=f"{field}.{name}")
        return StepScores(**{name: tuple(self._list(scores[name], record, f"{field}.{name}")) for name in SCORE_RANGES})

    def _list(self, value: object, record: str, field: str) -> list[Any] | tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            what = f"must be a list, not {type(value).__name__}"
            raise InputError(what, file=self.source, record=record, field=field)
        return value


def _as_vector(value: Any) -> Any:
    """Make an array of a list of numbers (short ones are still lists); give anything else as it is."""
    if isinstance(value, (list, tuple)) and value and all(type(part) in (int, float) for part in value):
        try:
            return np.array(value, np.float64)
        except OverflowError:  # a whole number beyond all floats
            return value
    return value


def _check_row(row: Any, width: int, source: Path, token: str) -> None:
    if not isinstance(row, np.ndarray) or row.dtype.kind != "f" or row.ndim != 1:
        raise InputError("must be a vector of floats", file=source, record=token)
    if row.size != width:
        raise InputError(f"has {row.size} numbers, {width} are wanted", file=source, record=token)
    with np.errstate(over="ignore"):
        if not np.isfinite(row.astype(np.float32)).all():
            raise InputError("holds NaN or infinity", file=source, record=token)


def _summary(
    kind: str, source: Path, started: float, items: int, vectors: int, shared: int, width: int | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "items": items,
        "vectors": vectors,
        "shared": shared,
        "width": width or 0,
        "seconds": round(time.monotonic() - started, 3),
        "bytes": source.stat().st_size,
    }
