"""Time of all text metrics of a benchmark file of 2,960 experiences with three texts each."""

import gzip
import os
import time
from pathlib import Path

import numpy as np

from mmtg.metrics.registry import figures_of, make_items

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("METRIC_BENCHMARK", ROOT / "../shared/metric_benchmark/files"))
TEXTS, REFERENCES, SAMPLES = "t3k_mmtg_sample.txt.gz", "t3k_ref.txt.gz", 3
EXPERIENCES, LINES, LINE, CHARACTERS, FIRST = 2960, 10, 8, 3000, 0x4E00


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Seconds by name.
    """
    texts, references = texts_and_references()
    groups = [texts[first : first + SAMPLES] for first in range(0, len(texts), SAMPLES)]
    started = time.perf_counter()
    figures_of(make_items(references, groups))
    return {"metrics_2960x3_s": time.perf_counter() - started}


def texts_and_references() -> tuple[list[str], list[str]]:
    """Those of the benchmark; where it is not at hand, made ones of the same number and lengths."""
    if (FOLDER / TEXTS).exists():
        return _read(TEXTS), _read(REFERENCES)
    draws = np.random.default_rng(1)
    return _made(draws, SAMPLES * EXPERIENCES), _made(draws, EXPERIENCES)


def _read(name: str) -> list[str]:
    """The lines of a file."""
    return gzip.decompress((FOLDER / name).read_bytes()).decode("utf-8").splitlines()


def _made(draws: np.random.Generator, count: int) -> list[str]:
    """Texts of characters that occur about as unevenly as in real ones."""
    ids = FIRST + np.minimum(draws.zipf(1.2, (count, LINES, LINE)), CHARACTERS)
    return ["，".join("".join(map(chr, line)) for line in text) for text in ids.tolist()]
