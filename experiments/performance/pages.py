"""Seconds and size of task=compare's page for many runs, which are copies of a few finished ones.

python experiments/performance/pages.py FOLDER [RUNS=200]
    FOLDER: finished runs called NAME-seedN, such as runs/baselines/ID. Each copy of them is a study of its own: its
    experiments are called NAME_2, NAME_3, ...; what a row's runs share stays shared.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path

import yaml

from mmtg.errors import InputError
from mmtg.report.runs import RunRecord, find_runs
from mmtg.seeded import seeded

ROOT = Path(__file__).resolve().parents[2]
KEPT = "*.*"
"""Of a run directory: its files; not its folders, such as that of checkpoints."""
RUNS = 200


def copies(runs: Sequence[RunRecord], folder: Path, wanted: int) -> None:
    """Copies runs, all of them and then again, under other names.

    Args:
        runs: finished ones.
        folder: that the copies go to.
        wanted: how many copies.

    Raises:
        InputError: there are none, or one is not called ``NAME-seedN``.
    """
    if not runs:
        raise InputError("there are no finished runs")
    every = ((run, number) for number in count(1) for run in runs)
    for run, number in islice(every, wanted):
        named = seeded(run.directory.name)
        if named is None:
            raise InputError("is not called NAME-seedN", file=run.directory)
        name = f"{named.name}_{number}"
        copy = folder / f"{name}-seed{named.seed}"
        copy.mkdir()
        for file in run.directory.glob(KEPT):
            if file.is_file():
                shutil.copyfile(file, copy / file.name)
        config = {**run.config, "name": name}
        (copy / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")


def measure(folder: Path, output: Path) -> dict[str, float]:
    """Makes the page.

    Args:
        folder: of the runs.
        output: that the page goes to.

    Returns:
        Seconds by the clock, those of them a processor worked, and megabytes of the page.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "run.py", "task=compare", f"task.runs={folder}", f"task.output={output}"], cwd=ROOT, check=True
    )
    taken = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"page_s": taken, "page_cpu_s": worked, "page_mb": (output / "index.html").stat().st_size / 1e6}


def main(arguments: Sequence[str]) -> int:
    """Prints what was measured; gives the exit status."""
    if not 0 < len(arguments) < 3 or not all(number.isdecimal() for number in arguments[1:]):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made:
        try:
            copied = Path(made) / "runs"
            copied.mkdir()
            copies(find_runs(arguments[0]).runs, copied, int(arguments[1]) if arguments[1:] else RUNS)
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
        for name, value in measure(copied, Path(made) / "report").items():
            print(f"{name} {value:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
