"""experiments/performance/pages.py, with few runs."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.report.made_runs import record, write

SCRIPT = ROOT / "experiments" / "performance" / "pages.py"


def pages(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_runs_are_copied_until_there_are_enough_and_the_page_has_them_all(tmp_path):
    for seed in (1, 2):
        write(record("full", seed, directory=tmp_path / f"full-seed{seed}", name="full"))
    done = pages(tmp_path, 5)
    assert done.returncode == 0, done.stderr
    assert "5 runs in 3 rows" in done.stdout + done.stderr
    measured = dict(line.split() for line in done.stdout.splitlines()[-3:])
    assert list(measured) == ["page_s", "page_cpu_s", "page_mb"]
    assert float(measured["page_mb"]) > 1  # Plotly alone has more
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full-seed1", "full-seed2"]


@pytest.mark.parametrize(
    ("called", "arguments", "said"),
    [(None, [], "there are no finished runs"), ("other", [], "other: is not called NAME-seedN"), (None, ["x"], "RUNS")],
)
def test_what_cannot_be_copied_is_refused(tmp_path, called, arguments, said):
    if called:
        write(record("full", 1, directory=tmp_path / called))
    done = pages(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
