"""Data of the published sizes, made up: a pickle in the released format, and a store."""

import pickle
import struct
from collections.abc import Iterator
from itertools import count as counted
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.data.experience import Experience, Step
from mmtg.data.store_writer import StoreWriter

WIDTH, STEPS, RATINGS, VECTORS = 2048, 5, 5, 14
LINES = tuple(f"月亮下的河流慢慢{i}" for i in "一二三四五六七八九十")
"""Of nine characters; published lines have 8.3 on the mean."""
FIRST, SPREAD = 0x4E00, 5000
"""Of the characters that tell topics and texts apart."""
TOPICS, PICTURES = 1, 5
"""Of a lyric's 14 vectors one is its topic's, five are pictures', the others texts'."""


def write_store(path: Path, count: int) -> None:
    """Write a store of ``count`` experiences, five to a lyric, which share 14 vectors."""
    draws = np.random.default_rng(1)
    sizes = {"steps": STEPS, "lines_per_step": 2, "width": WIDTH, "vector_dtype": "float16"}
    with StoreWriter(path, **sizes) as writer:
        for n in range(count):
            if n % RATINGS == 0:
                numbers = [writer.vector(v) for v in draws.integers(0x2C00, 0x3000, (VECTORS, WIDTH)) / 0x10000]
            steps = tuple(Step(text=f"那天我们走在路上{chr(FIRST + (n + s) % SPREAD)}") for s in range(STEPS))
            experience = Experience(
                id=f"item-{n}", topic=f"月{chr(FIRST + n % SPREAD)}", steps=steps, lines=LINES, rating=n % RATINGS + 1
            )
            topic, *others = (numbers[place] for place in vectors_of(n))
            writer.add(experience, topic_vector=topic, image_vectors=others[:STEPS], text_vectors=others[STEPS:])


def write_pickle(path: Path, count: int, *, shared: bool = False) -> None:
    """Write ``count`` items in the released format, protocol 2, one at a time.

    Args:
        path: the file.
        count: items.
        shared: the five items of a lyric refer to its 14 vectors, as published; else each has eleven of its own, which
            is the most there can be to read: 203 kB an item.
    """
    memo = counted()
    with path.open("wb") as file:
        file.write(pickle.PROTO + b"\x02" + pickle.EMPTY_LIST)
        for first in range(0, count, 1000):
            file.write(pickle.MARK)
            for number in range(first, min(first + 1000, count)):
                if not shared or number % RATINGS == 0:
                    vectors = [_vector(v) for v in _normal(number, VECTORS if shared else 1 + 2 * STEPS)]
                    kept: dict[int, int] = {}
                file.writelines(_item(number, vectors, kept if shared else None, memo))
            file.write(pickle.APPENDS)
        file.write(pickle.STOP)


def _normal(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, WIDTH))


def _item(number: int, vectors: list[bytes], kept: dict[int, int] | None, memo: Iterator[int]) -> Iterator[bytes]:
    plain: dict[str, Any] = {
        "topic": f"月{chr(FIRST + number % SPREAD)}",
        "lyrics": list(LINES),
        "rating": number % RATINGS + 1,
    }
    plain |= {f"r_{step}": f"那天我们走在路上{chr(FIRST + number % SPREAD)}" for step in range(STEPS)}
    yield pickle.EMPTY_DICT + pickle.MARK
    for name, value in plain.items():
        yield _unremembered(name) + _unremembered(value)
    names = ["topic_emb", *(f"img_{i}_emb" for i in range(STEPS)), *(f"r_{i}_emb" for i in range(STEPS))]
    places = range(len(names)) if kept is None else vectors_of(number)
    for name, place in zip(names, places, strict=True):
        yield _unremembered(name)
        if kept is None:
            yield pickle.EMPTY_LIST + vectors[place]
        elif place in kept:
            yield pickle.LONG_BINGET + struct.pack("<I", kept[place])
        else:
            kept[place] = next(memo)
            yield pickle.EMPTY_LIST + pickle.LONG_BINPUT + struct.pack("<I", kept[place]) + vectors[place]
    yield pickle.SETITEMS


def vectors_of(number: int) -> list[int]:
    """Which of its lyric's 14 vectors an experience has: topic, pictures, texts."""
    first = TOPICS + PICTURES
    return [0, *range(TOPICS, first), *(first + (number + step) % (VECTORS - first) for step in range(STEPS))]


def _unremembered(value: object) -> bytes:
    """Plain data without the memo, which belongs to the whole file."""
    if isinstance(value, str):
        return pickle.BINUNICODE + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, list):
        return pickle.EMPTY_LIST + pickle.MARK + b"".join(map(_unremembered, value)) + pickle.APPENDS
    return pickle.BININT1 + bytes([int(str(value))])


def _vector(vector: np.ndarray) -> bytes:
    """What fills a list: floats in batches of 1,000, as pickles have them."""
    written = []
    for part in np.split(vector, range(1000, len(vector), 1000)):
        coded = np.empty((len(part), 9), np.uint8)
        coded[:, 0] = pickle.BINFLOAT[0]
        coded[:, 1:] = part.astype(">f8").view(np.uint8).reshape(-1, 8)
        written.append(pickle.MARK + coded.tobytes() + pickle.APPENDS)
    return b"".join(written)
