"""How long the command takes to answer, and to come to the first training step."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORLD = ["+experiment=mmtg_full", "test=false", "trainer.max_steps=1", "trainer.log_every_n_steps=1"]
UNTRAINED = ["budget.encoder_steps=5", "budget.pretrain_steps=5", "budget.listening_steps=1"]
"""What phase 1 has learned does not matter here; the world has its full size."""
EVERY = 0.02


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Seconds by name.
    """
    _run("--help").wait()
    started = time.perf_counter()
    _run("--help").wait()
    answered = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        return {"help_s": answered, **first_step(Path(folder))}


def first_step(folder: Path) -> dict[str, float]:
    """Seconds from the command to the first figure that a training step logs, and those of them a processor worked.

    Args:
        folder: of the runs; ``ARTEFACTS`` in the environment names that of the artefacts, which are kept there.

    Returns:
        Both.
    """
    artefacts = os.environ.get("ARTEFACTS", str(Path(tempfile.gettempdir()) / "mmtg_world"))
    common = [*WORLD, *UNTRAINED, f"paths.artefacts={artefacts}"]
    _run(*common, f"hydra.run.dir={folder}/before").wait()  # makes what is missing
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = _run(*common, f"hydra.run.dir={folder}/run")
    while process.poll() is None and not (folder / "run" / "metrics.csv").exists():
        time.sleep(EVERY)
    taken = time.perf_counter() - started
    process.kill()
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"first_step_s": taken, "first_step_cpu_s": worked}


def _run(*arguments: str) -> subprocess.Popen:
    """Starts the command; compiled modules are kept, as Python does unless it is told otherwise."""
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "mmtg_compiled")}
    return subprocess.Popen(
        [sys.executable, "run.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **kept},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
