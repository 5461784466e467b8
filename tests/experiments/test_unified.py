"""The table of experiments/unified, from made run directories."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "experiments" / "unified" / "table.py"


def table(*folders):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, folders)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def made(tmp_path):
    """Makes a run directory."""

    def make(stage, name, value, experiment):
        folder = tmp_path / stage / name
        folder.mkdir(parents=True)
        figures = {"test/cider_d": value, "test/painted_r_precision": value / 2, "parameters": 1.5e6}
        (folder / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
        (folder / "config.yaml").write_text(f"name: {experiment}\n", encoding="utf-8")
        return folder

    return make


def test_a_row_for_each_stage_and_what_the_second_added(made):
    runs = [made("one", f"full-seed{seed}", 0.5 + seed / 10, "unified") for seed in (1, 2)]
    runs += [made("two", f"full-seed{seed}", 0.9, "unified_stage2") for seed in (1, 2)]
    done = table(*runs)
    assert done.returncode == 0, done.stderr
    assert "| full | 1 | 65.0 ± 7.1 | – |" in done.stdout
    assert "| full | 1 and 2 | 90.0 ± 0.0 | – |" in done.stdout
    assert "1.50 M | 2 |" in done.stdout
    assert "full: CIDEr-D +30.0, +20.0" in done.stdout


def test_a_run_of_something_else_is_named(made):
    done = table(made("one", "full-seed1", 0.5, "mmtg_full"))
    assert done.returncode == 2
    assert "config.yaml" in done.stderr
    assert "mmtg_full" in done.stderr
