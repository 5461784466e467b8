"""The tables of experiments/published_outputs are those that its script makes."""

from pathlib import Path

import pytest

STUDY = Path(__file__).resolve().parents[2] / "experiments" / "published_outputs"


@pytest.fixture(scope="module")
def recompute(script):
    return script("published_outputs/recompute.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["systems", "variants", "order"])
def test_the_committed_table_is_what_comes_out(recompute, shared, name):
    table = getattr(recompute, name)(shared / "metric_benchmark" / "files")
    committed = (STUDY / "README.md").read_text(encoding="utf-8")
    for line in recompute.as_markdown(table, recompute.resampling()):
        assert line.strip() in committed
