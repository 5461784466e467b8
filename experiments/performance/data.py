"""Figures of converting, opening and collating: data of the published sizes, made here and removed afterwards."""

import functools
import gc
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from made import LINES, STEPS, write_pickle, write_store
from memory import KB, MB, peak_mb

from mmtg.data.released import convert

ITEMS, STORED, BATCH, BATCHES, WARM = (3000, 12000), 200_000, 96, 300, 50
PROMPT = "主题词："
BERT_TOKENS = 21128


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Seconds, milliseconds, megabytes and a ratio by name.
    """
    found = converting(ITEMS[-1], shared=True)
    found = {name.replace("convert_", "convert_shared_"): value for name, value in found.items()}
    for count in ITEMS:
        found |= converting(count)
    return {**found, **apart(sampling, store_of(STORED)), **apart(two_workers, store_of(STORED))}


def converting(count: int, *, shared: bool = False) -> dict[str, float]:
    """Peak and speed of a conversion; at first the pickle is written, by another process."""
    with tempfile.TemporaryDirectory() as made:
        apart(functools.partial(write_pickle, shared=shared), Path(made) / "made.pkl", count)
        return apart(_converted, Path(made), count)


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """Work in a process of its own, whose peak of memory is nobody else's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _converted(folder: Path, count: int) -> dict[str, float]:
    summary = convert(folder / "made.pkl", folder / "store", vector_dtype="float16")
    seconds = summary["seconds"]
    return {
        f"convert_peak_mb_{count}": peak_mb(),
        "convert_mb_per_s": summary["bytes"] / MB / seconds,
        "convert_s": seconds,
    }


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """For stores, which all repetitions read; removed at the end."""
    return tempfile.TemporaryDirectory()


@functools.cache
def store_of(count: int) -> Path:
    """A store of ``count`` experiences, 12 kB each, written once."""
    path = Path(_folder().name) / str(count)
    apart(write_store, path, count)
    return path


def sampling(path: Path, batch: int = BATCH) -> dict[str, float]:
    """Time to the first experience of a store, growth of memory over random batches, time of a warm one."""
    import torch  # here, so that a conversion's peak is its own

    torch.set_num_threads(1)
    vocabularies = _vocabularies()
    from mmtg.data import module, store  # noqa: F401

    started = time.perf_counter()
    data = _data(path, vocabularies["characters"])
    data.__getitems__([0])
    opened, before = time.perf_counter() - started, _resident()
    draws = np.random.default_rng(1)
    for _ in range(BATCHES):
        data.__getitems__(draws.integers(0, len(data), batch).tolist())
    grown, again = _resident() - before, draws.integers(0, len(data), batch).tolist()
    found = {"store_open_s": opened, "store_rss_growth_mb": grown, f"collate_{batch}_ms": _warm(data, again)}
    return {**found, f"collate_{batch}_bert_ms": _warm(_data(path, vocabularies["bert"]), again)}


def _warm(data: Any, chosen: list[int]) -> float:
    """The median time of a batch, in milliseconds."""
    taken = []
    for _ in range(WARM):
        started = time.perf_counter()
        data.__getitems__(chosen)
        taken.append(1e3 * (time.perf_counter() - started))
    return statistics.median(taken[WARM // 10 :])


def two_workers(path: Path) -> dict[str, float]:
    """Memory of a process and its two loaders, each page counted once, over that of one process that does it alone."""
    import torch
    from torch.utils.data import DataLoader

    from mmtg.data.module import as_it_is

    data, draws = _data(path, _vocabularies()["characters"]), np.random.default_rng(1)
    batches = [draws.integers(0, len(data), BATCH).tolist() for _ in range(BATCHES)]
    torch.set_num_threads(1)
    for chosen in batches:
        data.__getitems__(chosen)
    alone = _share("self", "Pss:")
    gc.freeze()  # as a run does when it has imported
    how = {"num_workers": 2, "multiprocessing_context": "fork"}  # as it is on Linux, but not below a spawned process
    loader = iter(DataLoader(data, batch_sampler=batches, collate_fn=as_it_is, **how))
    for _ in range(BATCHES - 5):  # their work is at hand still
        next(loader)
    workers = [child.pid for child in multiprocessing.active_children()]
    together = sum(_share(str(process), "Pss:") for process in ("self", *workers))
    private = max(_share(str(pid), "Private_Clean:", "Private_Dirty:") for pid in workers)
    return {"two_workers_memory_ratio": together / alone, "worker_private_mb": private}


def _share(process: str, *kinds: str) -> float:
    """Memory of a process, in MB."""
    lines = (line.split() for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines())
    return sum(int(words[1]) for words in lines if words[0] in kinds) * KB / MB


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MB


def _data(path: Path, vocabulary: Any) -> Any:
    from mmtg.data.layout import SlotsLayout
    from mmtg.data.module import ExperienceDataset
    from mmtg.data.splits import Split
    from mmtg.data.store import ExperienceStore

    sizes = {"steps": STEPS, "lines_per_step": 2, "line_tokens": 20, "topic_tokens": 15}
    layout = SlotsLayout(vocabulary=vocabulary, prompt=PROMPT, step_types=(1, 2, 3, 4, 1), **sizes)
    store = ExperienceStore.open(path)
    return ExperienceDataset(Split(store, np.arange(len(store))), layout)


def _vocabularies() -> dict[str, Any]:
    """One of the data's characters, and one of BERT's kind and size."""
    from mmtg.data.vocabulary import BertVocabulary, character_vocabulary

    tokens = [*BertVocabulary.names, *map(chr, range(0x4E00, 0x4E00 + BERT_TOKENS - len(BertVocabulary.names)))]
    return {"characters": character_vocabulary([*LINES, PROMPT]), "bert": BertVocabulary(tokens)}
