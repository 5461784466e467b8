"""The table and the figure of experiments/baselines, from made run directories."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.report.made_runs import record, write

SCRIPT = ROOT / "experiments" / "baselines" / "table.py"


def made(folder, label, seed, value):
    figures = {"test/concept_recall": value, "test/bleu_2": value / 2, "test/relevance": value / 3}
    return write(record(label, seed, directory=folder / f"{label}-seed{seed}", figures=figures, name=label))


def table(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    for seed in (1, 2):
        made(folder, "mmtg_full", seed, 0.5 + seed / 10)
        made(folder, "topic_gpt2", seed, 0.9)
    return folder


def test_a_row_for_each_system_the_best_first_and_a_figure(runs, tmp_path):
    done = table("--into", tmp_path / "out", runs)
    assert done.returncode == 0, done.stderr
    rows = [line for line in (tmp_path / "out" / "table.md").read_text(encoding="utf-8").splitlines() if "|" in line]
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| topic\\_gpt2", "| mmtg\\_full"]
    assert "**0.9000 ± 0.0000**" in rows[2]
    assert "| 0.6500 ± 0.0707 |" in rows[3]
    assert "topic_gpt2" in (tmp_path / "out" / "baselines.svg").read_text(encoding="utf-8")


def test_the_same_runs_give_the_same_files(runs, tmp_path):
    for name in "ab":
        assert table("--into", tmp_path / name, runs).returncode == 0
    for file in ("table.md", "baselines.svg"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_run_that_cannot_be_compared_is_named_and_nothing_is_written(runs, tmp_path):
    (runs / "topic_gpt2-seed2" / "metrics.json").unlink()
    done = table("--into", tmp_path / "out", runs)
    assert done.returncode == 2
    assert "topic_gpt2-seed2" in done.stderr
    assert "metrics.json" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_readmes_have_a_place_for_it():
    source = SCRIPT.read_text(encoding="utf-8")
    begin = source.split('BEGIN, END = "')[1].split('"')[0]
    for readme in (SCRIPT.parent / "README.md", ROOT / "README.md"):
        assert readme.read_text(encoding="utf-8").count(begin) == 1
