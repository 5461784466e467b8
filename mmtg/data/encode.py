"""Encodes experiences into a store, each distinct picture and text once.

Letter of shapes: T steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image

from mmtg.data.experience import Experience, Step
from mmtg.data.store import StoreWriter
from mmtg.encoders.base import Encoder
from mmtg.encoders.pictures import opened

PIXELS_AT_ONCE = 1 << 26
"""How many pixels of opened pictures are held before they are encoded: bounds memory for large photographs."""

MISSING = -1


def encode_experiences(
    experiences: Iterable[Experience],
    encoder: Encoder,
    target: Path,
    *,
    steps: int,
    lines_per_step: int,
    fewer_lines: bool = False,
    batch_size: int,
    vector_dtype: str,
    origin: Mapping[str, Any],
    workers: int = 0,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a store of experiences with the vectors of their topics, pictures and texts.

    Vectors that an experience brings are kept as they are. Pictures with equal keys are encoded once, and so are
    equal texts. What is missing stays missing. Memory does not grow with the number of experiences, but for 16
    bytes and a number for each distinct picture and text.

    Args:
        experiences: read as they are needed, each of T steps.
        encoder: gives the vectors.
        target: the store to make, at the end and whole.
        steps: T.
        lines_per_step: lines that belong to each step.
        fewer_lines: whether an experience may have fewer lines than these say.
        batch_size: experiences taken at a time, and the most pictures opened at a time.
        vector_dtype: ``float32`` or ``float16``.
        origin: where the content comes from, plain JSON data, kept in the store.
        workers: threads that open pictures ahead; the store does not depend on them.
        overwrite: replace a store that is there.
        progress: called with the number of experiences added so far.

    Raises:
        InputError: if the target is taken, or an experience or a picture is at fault; nothing is left then.
    """
    writer = StoreWriter(
        target,
        steps=steps,
        lines_per_step=lines_per_step,
        fewer_lines=fewer_lines,
        width=encoder.width,
        vector_dtype=vector_dtype,
        origin=dict(origin),
        overwrite=overwrite,
    )
    done = 0
    with writer:
        vectors = _Vectors(encoder, writer, batch_size, workers)
        for chunk in _chunks(experiences, batch_size):
            vectors.encode(chunk)
            for experience in chunk:
                vectors.add(experience)
            done += len(chunk)
            if progress:
                progress(done)


def _chunks(experiences: Iterable[Experience], size: int) -> Iterator[list[Experience]]:
    left = iter(experiences)
    while chunk := list(islice(left, size)):
        yield chunk


class _Vectors:
    """The numbers in the store of all vectors so far, by what they are the vectors of."""

    def __init__(self, encoder: Encoder, writer: StoreWriter, batch_size: int, workers: int) -> None:
        self.encoder = encoder
        self.writer = writer
        self.batch_size = batch_size
        self.workers = workers
        self._numbers: dict[bytes, int] = {}  # digest of a text or picture key -> number of its vector
        self._keyless: dict[int, int] = {}  # id() of an opener without a key, in this chunk only -> number

    def encode(self, chunk: Sequence[Experience]) -> None:
        """Encode what the experiences need and the store lacks."""
        self._keyless = {}
        self._encode_texts(chunk)
        self._encode_pictures([step for experience in chunk for step in experience.steps])

    def add(self, experience: Experience) -> None:
        """Add an experience whose needs are encoded."""
        steps = experience.steps
        self.writer.add(
            experience,
            topic_vector=self._of_text(experience.topic, experience.topic_vector),
            image_vectors=[self._of_picture(step) for step in steps],
            text_vectors=[self._of_text(step.text, step.text_vector) for step in steps],
        )

    def _encode_texts(self, chunk: Sequence[Experience]) -> None:
        wanted = [
            text
            for experience in chunk
            for text, vector in (
                (experience.topic, experience.topic_vector),
                *((step.text, step.text_vector) for step in experience.steps),
            )
            if text is not None and vector is None and _text_key(text) not in self._numbers
        ]
        fresh = list(dict.fromkeys(wanted))
        if fresh:
            for text, vector in zip(fresh, self.encoder.encode_texts(fresh).numpy(), strict=True):
                self._numbers[_text_key(text)] = self.writer.vector(vector)

    def _encode_pictures(self, steps: Sequence[Step]) -> None:
        fresh = {self._key(step): step.picture for step in steps if self._wants_picture(step)}
        openers = [opener for opener in fresh.values() if opener is not None]
        keys = iter(fresh)
        for group in _groups(opened(openers, workers=self.workers), self.batch_size):
            for vector in self.encoder.encode_images(group).numpy():
                self._keep(next(keys), self.writer.vector(vector))

    def _wants_picture(self, step: Step) -> bool:
        if step.picture is None or step.image_vector is not None:
            return False
        return step.picture_key is None or _picture_key(step.picture_key) not in self._numbers

    def _key(self, step: Step) -> bytes | int:
        return id(step.picture) if step.picture_key is None else _picture_key(step.picture_key)

    def _keep(self, key: bytes | int, number: int) -> None:
        if isinstance(key, bytes):
            self._numbers[key] = number
        else:
            self._keyless[key] = number

    def _of_text(self, text: str | None, own: np.ndarray | None) -> int:
        if own is not None:
            return self.writer.vector(own)
        return MISSING if text is None else self._numbers[_text_key(text)]

    def _of_picture(self, step: Step) -> int:
        if step.image_vector is not None:
            return self.writer.vector(step.image_vector)
        if step.picture is None:
            return MISSING
        key = self._key(step)
        return self._numbers[key] if isinstance(key, bytes) else self._keyless[key]


def _groups(pictures: Iterator[Image], batch_size: int) -> Iterator[list[Image]]:
    """Gather pictures, no more than a batch and, but for single ones, than PIXELS_AT_ONCE."""
    group: list[Image] = []
    pixels = 0
    for picture in pictures:
        size = picture.width * picture.height
        if group and (len(group) == batch_size or pixels + size > PIXELS_AT_ONCE):
            yield group
            group, pixels = [], 0
        group.append(picture)
        pixels += size
    if group:
        yield group


def _text_key(text: str) -> bytes:
    return _digest(b"text", text)


def _picture_key(key: str) -> bytes:
    return _digest(b"picture", key)


def _digest(kind: bytes, name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, person=kind).digest()
