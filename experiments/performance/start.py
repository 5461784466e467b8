"""How long the command takes to answer: figures of the start."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def figures(repeats: int = 5) -> dict[str, float]:
    """Seconds of ``python run.py --help``: the median, and the spread from least to most."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([sys.executable, "run.py", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - started)
    return {"help_s": statistics.median(taken), "help_s_spread": max(taken) - min(taken)}
