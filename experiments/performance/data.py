"""Figures of converting, opening and collating: data of the published sizes, made here and removed afterwards.

The made pickle is in the released format and shares nothing, which is the most there can be to read: 203 kB an item.
"""

import multiprocessing
import pickle
import resource
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.data.experience import Experience, Step
from mmtg.data.released import convert
from mmtg.data.store_writer import StoreWriter

WIDTH, STEPS, RATINGS, VECTORS, BATCH = 2048, 5, 5, 14, 96
LINES = tuple(f"月亮下的河流慢慢{i}" for i in range(10))
MB = 1e6


def figures(folder: Path | None = None, *, items: tuple[int, ...] = (3000, 12000), stored: int = 200_000):
    """All figures of this module, as a flat dict.

    ``folder`` has room for the largest pickle, its store, and the store of ``stored`` experiences (12 kB each).
    """
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=folder) as made:
        for count in items:
            found |= _apart(_converted, Path(made), count)
        found |= _apart(_sampled, Path(made), stored)
    return found


def _apart(measure: Callable[..., dict[str, float]], folder: Path, count: int) -> dict[str, float]:
    """Measure in a process of its own, whose peak of memory is nobody else's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        if measure is _sampled:
            pool.apply(write_store, (folder / "large", count))
        else:
            pool.apply(write_pickle, (folder / "made.pkl", count))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (folder, count))


def _converted(folder: Path, count: int) -> dict[str, float]:
    source = folder / "made.pkl"
    summary = convert(source, folder / "store", vector_dtype="float16", overwrite=True)
    source.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    return {f"convert_peak_mb_{count}": peak, "convert_mb_per_s": summary["bytes"] / MB / summary["seconds"]}


def _sampled(folder: Path, count: int) -> dict[str, float]:
    import torch  # here, so that a conversion's peak is its own

    from mmtg.data.module import ExperienceDataset
    from mmtg.data.splits import Split
    from mmtg.data.store import ExperienceStore

    torch.set_num_threads(1)
    started = time.perf_counter()
    store = ExperienceStore.open(folder / "large")
    data = ExperienceDataset(Split(store, np.arange(len(store))), _layout())
    data.__getitems__([0])
    opened, before = time.perf_counter() - started, _resident()
    draws = np.random.default_rng(1)
    for _ in range(300):
        data.__getitems__(draws.integers(0, count, BATCH).tolist())
    grown = _resident() - before
    again = draws.integers(0, count, BATCH).tolist()
    taken = [_milliseconds(data, again) for _ in range(50)][5:]
    low, high = np.quantile(taken, [0.25, 0.75])
    times = {"collate_96_ms": statistics.median(taken), "collate_96_ms_spread": float(high - low)}
    return {"store_open_s": opened, "store_rss_growth_mb": grown, **times}


def _milliseconds(data: Any, chosen: list[int]) -> float:
    started = time.perf_counter()
    data.__getitems__(chosen)
    return 1e3 * (time.perf_counter() - started)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MB


def _layout() -> Any:
    from mmtg.data.layout import SlotsLayout
    from mmtg.data.vocabulary import character_vocabulary

    vocabulary = character_vocabulary([*LINES, "主题词："])
    sizes = {"steps": STEPS, "lines_per_step": 2, "line_tokens": 20, "topic_tokens": 15}
    return SlotsLayout(vocabulary=vocabulary, prompt="主题词：", step_types=(1, 2, 3, 4, 1), **sizes)


def write_store(path: Path, count: int) -> None:
    """Write a store of ``count`` experiences, five to a lyric, which share 14 vectors."""
    draws = np.random.default_rng(1)
    sizes = {"steps": STEPS, "lines_per_step": 2, "width": WIDTH, "vector_dtype": "float16"}
    with StoreWriter(path, **sizes) as writer:
        for n in range(count):
            if n % RATINGS == 0:
                numbers = [writer.vector(v) for v in draws.integers(0x2C00, 0x3000, (VECTORS, WIDTH)) / 0x10000]
            steps = tuple(Step(text=f"那天我们走在路上{n}{s}") for s in range(STEPS))
            experience = Experience(id=f"item-{n}", topic=f"月{n}", steps=steps, lines=LINES, rating=n % RATINGS + 1)
            texts = [numbers[6 + (n + s) % 8] for s in range(STEPS)]
            writer.add(experience, topic_vector=numbers[0], image_vectors=numbers[1:6], text_vectors=texts)


def write_pickle(path: Path, count: int) -> None:
    """Write ``count`` items in the released format, protocol 2, one at a time."""
    with path.open("wb") as file:
        file.write(pickle.PROTO + b"\x02" + pickle.EMPTY_LIST)
        for first in range(0, count, 1000):
            file.write(pickle.MARK)
            for number in range(first, min(first + 1000, count)):
                file.writelines(_item(number))
            file.write(pickle.APPENDS)
        file.write(pickle.STOP)


def _item(number: int) -> Iterator[bytes]:
    draws = np.random.default_rng(number)
    plain: dict[str, Any] = {"topic": f"月{number}", "lyrics": list(LINES), "rating": number % RATINGS + 1}
    plain |= {f"r_{step}": f"那天{number}{step}" for step in range(STEPS)}
    names = ["topic_emb", *(f"{kind}_{step}_emb" for step in range(STEPS) for kind in ("img", "r"))]
    yield pickle.EMPTY_DICT + pickle.MARK
    for name, value in plain.items():
        yield _unremembered(name) + _unremembered(value)
    for name in names:
        yield _unremembered(name) + pickle.EMPTY_LIST + b"".join(_floats(draws.normal(size=WIDTH)))
    yield pickle.SETITEMS


def _unremembered(value: object) -> bytes:
    """Plain data without the memo, which belongs to the whole file."""
    if isinstance(value, str):
        return pickle.BINUNICODE + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, list):
        return pickle.EMPTY_LIST + pickle.MARK + b"".join(map(_unremembered, value)) + pickle.APPENDS
    return pickle.BININT1 + bytes([int(str(value))])


def _floats(vector: np.ndarray) -> Iterator[bytes]:
    for part in np.split(vector, range(1000, len(vector), 1000)):
        coded = np.empty((len(part), 9), np.uint8)
        coded[:, 0] = pickle.BINFLOAT[0]
        coded[:, 1:] = part.astype(">f8").view(np.uint8).reshape(-1, 8)
        yield pickle.MARK + coded.tobytes() + pickle.APPENDS
