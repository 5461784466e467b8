"""Newer curricula through the command line, in debug size."""

import csv

import pytest

from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.models.build import load_system

SHORT = ("trainer.max_steps=5", "trainer.log_every_n_steps=1", "logger.wandb.enabled=false")


def rates(run):
    with open(run / "metrics.csv", encoding="utf-8", newline="") as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == "train/lr"]


@pytest.mark.parametrize(("name", "learns"), [("root", 5), ("positives_5_as_run", 4)])
def test_runs_and_keeps_its_schedule(fit, read, composed, name, learns):
    """Five steps; as the paper ran it, the fifth is in the second epoch and learns nothing."""
    run = fit("+experiment=mmtg_full", f"curriculum={name}", *SHORT)
    assert read(run / "status.json")["state"] == "completed"
    assert len(read(run / "samples.jsonl")[0]["hypotheses"]) == 1
    schedule = load_system(run / "checkpoints" / "last.ckpt").schedule
    assert schedule == schedule_from(plain(composed(f"curriculum={name}").curriculum))
    assert [rate > 0 for rate in rates(run)] == [True] * learns + [False] * (5 - learns)
