"""The tables of experiments/reproduction, from made run directories."""

import json
from pathlib import Path

import pytest

from mmtg.errors import InputError

STUDY = Path(__file__).resolve().parents[2] / "experiments" / "reproduction"


@pytest.fixture(scope="module")
def study(script):
    return script("reproduction/table.py")


def runs_in(folder, study, seeds=3):
    for place, curriculum in enumerate({**study.AS_RUN, **study.FAIR}):
        for seed in range(1, seeds + 1):
            for ending in ("", "-permuted"):
                run = folder / f"{curriculum}-seed{seed}{ending}"
                run.mkdir()
                figures = {
                    name: place + seed / 10 for name in study.FIGURES if (name in study.PERMUTED) == bool(ending)
                }
                (run / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    return folder


def test_means_spreads_and_differences(study, tmp_path):
    runs = runs_in(tmp_path, study)
    table, compared = list(study.table(runs)), list(study.comparisons(runs))
    assert "| curriculum | BLEU-2 | 0.076 | 0.2000 ± 0.1000 | 0.2000 ± 0.1000 |" in table
    assert len(table) == 2 + 3 * len(study.FIGURES)
    (bleu,) = (line for line in compared if line.startswith("| none, as run | BLEU-2"))
    assert "| +1.0000 |" in bleu  # the second of the folders, each a whole number above the one before


def test_a_missing_run_or_figure_is_named(study, tmp_path):
    with pytest.raises(InputError, match="published-seed"):
        list(study.table(tmp_path))
    runs = runs_in(tmp_path, study, seeds=1)
    (runs / "none-seed1" / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="test/bleu_2"):
        list(study.table(runs))


def test_the_committed_table_has_the_form_of_the_script(study):
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    for label, title in ((label, title) for label in study.FAIR.values() for title in study.FIGURES.values()):
        assert f"| {label} | {title} |" in text
