"""Time of all text metrics of a benchmark file of 2,960 experiences with three texts each."""

import gzip
import os
import time
from pathlib import Path

from mmtg.metrics.registry import figures_of, make_items

FOLDER = Path(os.environ.get("METRIC_BENCHMARK", "../shared/metric_benchmark/files"))
TEXTS, REFERENCES, SAMPLES = "t3k_mmtg_sample.txt.gz", "t3k_ref.txt.gz", 3


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Seconds by name.
    """
    texts, references = read(TEXTS), read(REFERENCES)
    groups = [texts[first : first + SAMPLES] for first in range(0, len(texts), SAMPLES)]
    started = time.perf_counter()
    figures_of(make_items(references, groups))
    return {"metrics_2960x3_s": time.perf_counter() - started}


def read(name: str) -> list[str]:
    """The lines of a file."""
    return gzip.decompress((FOLDER / name).read_bytes()).decode("utf-8").splitlines()
