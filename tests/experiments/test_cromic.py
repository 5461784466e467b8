"""The tables of experiments/cromic, from made run directories."""

import json
import subprocess
import sys

from tests.conftest import ROOT

SCRIPT = ROOT / "experiments" / "cromic" / "table.py"


def tables(*folders):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, folders)], capture_output=True, text=True, check=False
    )


def test_a_table_for_each_task_and_a_row_for_each_system(tmp_path):
    for name, value in {
        "cromic_captions-vilt-seed1": 1.0,
        "cromic_captions-vilt-seed2": 2.0,
        "cromic-cromic-seed1": 3.0,
    }.items():
        (tmp_path / name).mkdir()
        figures = {"test/cider_d": value, "test/concept_recall": value / 10, "parameters": 7.0}
        (tmp_path / name / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    done = tables(*tmp_path.iterdir())
    assert done.returncode == 0, done.stderr
    assert "| vilt | 150.00 ± 70.71 |" in done.stdout
    assert "| cromic | 30.00 | – |" in done.stdout


def test_a_run_without_figures_is_named(tmp_path):
    (tmp_path / "cromic-cromic-seed1").mkdir()
    done = tables(tmp_path / "cromic-cromic-seed1")
    assert done.returncode == 2
    assert "metrics.json" in done.stderr
