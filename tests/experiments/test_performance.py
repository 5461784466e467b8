"""The study of speed: its page says what was measured, and what is measured is what it says."""

import importlib
import json
import sys

import pytest
import torch

from mmtg.models.decoder import DecoderSize
from tests.conftest import ROOT

FOLDER = ROOT / "experiments/performance"
ASKED_FOR = {
    "decode_vs_generate", "train_slots_vs_gpt2", "train_compact_vs_slots", "convert_peak_mb_3000",
    "convert_peak_mb_12000", "convert_mb_per_s", "store_open_s", "store_rss_growth_mb", "collate_96_ms",
    "metrics_2960x3_s", "help_s",
}  # fmt: skip
TINY = DecoderSize(width=8, layers=1, heads=2, positions=300, vocabulary=13400, projector_hidden=8, dropout=0.0)


@pytest.fixture
def study(monkeypatch):
    """Imports one of its modules; they import each other by their names."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def page():
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date(study, page):
    measure = study("measure")
    results = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    assert results.keys() >= ASKED_FOR
    assert all(isinstance(value, float) for value in results.values())
    assert measure.written(page, "figures", measure.table(results)) == page


def test_growth_is_the_slope_of_a_line(study):
    growth = study("growth")
    sizes = [1.0, 2.0, 4.0, 8.0]
    assert growth.order(sizes, [3 * size**2 for size in sizes]) == pytest.approx(2)
    [_, _, row] = growth.rows({"a against b": {"b": sizes, "seconds": sizes, "mb": [7.0] * 4}})
    assert row == "| a | b | 1 / 2 / 4 / 8 | 1.00 / 2.00 / 4.00 / 8.00 | 1.00 | 7 / 7 / 7 / 7 | 0.00 |"


def test_texts_that_are_timed_have_the_published_lengths(study):
    models, decoding = study("models"), study("decoding")
    layout = models.layout_of()
    ids = decoding.write(models.mmtg_of(layout, TINY).eval(), layout, 3)
    lines = ids[:, :-1].unflatten(1, (layout.lines, layout.slot))[:, :, 1:-1]
    wanted = models.lengths(3, layout)
    assert torch.equal((lines != layout.vocabulary.pad).sum(2), wanted)
    assert abs(float(models.lengths(1000, layout).float().mean()) - 8.3) < 0.1


@pytest.mark.parametrize("kind", ["slots", "compact"])
def test_a_step_that_is_timed_trains(study, kind):
    models, training = study("models"), study("training")
    step = training.mmtg_step(models.layout_of(kind), TINY, 2)
    assert step() > 0
