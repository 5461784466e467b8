"""W&B offline: config, figures and the sample table are in the run's file, as W&B's own reader sees them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmtg.errors import InputError
from mmtg.logging.wandb import has_key, wandb_logger

WANDB = str(Path(sys.executable).with_name("wandb"))


def inspect(run, *options):
    """What W&B's reader of local runs prints for the run in a run directory."""
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    command = [WANDB, "leet", "inspect", *options, "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def summary(world_run):
    return json.loads(inspect(world_run, "--summary"))


def test_run(summary, world_run):
    assert summary["project"] == "mmtg"
    assert summary["name"] == f"mmtg_full/{world_run.name}"
    assert summary["state"] == "finished"


def test_group_and_job_type(world_run):
    records = [json.loads(line) for line in inspect(world_run).splitlines()]
    (run,) = [record["run"] for record in records if record["type"] == "run"]
    assert run["run_group"] == "mmtg_full"
    assert run["job_type"] == "mmtg"


def test_config(summary):
    assert summary["config"]["model"]["kl_weight"] == 0.2
    assert summary["config"]["curriculum"]["stages"][0]["ratings"] == [1, 5]


def test_figures(summary, world_run, read):
    figures = read(world_run / "metrics.json")
    assert {"train/loss", "train/lm_loss", "train/kl_loss", "train/lr"} <= set(summary["summary"])
    for name in ("val/loss", "test/bleu_2", "test/concept_recall"):
        assert summary["summary"][name] == pytest.approx(figures[name])


def test_samples(summary, world_run, read):
    assert "test/samples" in summary["summary"]
    (table,) = world_run.glob("wandb/offline-run-*/files/media/table/test/samples*.table.json")
    content = read(table)
    assert content["columns"] == ["id", "topic", "reference", "hypothesis"]
    samples = read(world_run / "samples.jsonl")
    assert [row[0] for row in content["data"]] == [sample["id"] for sample in samples]
    assert content["data"][0][3] == "\n".join(samples[0]["hypotheses"][0])


def test_no_key_means_offline(monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    assert not has_key()
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert has_key()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not has_key()


def test_unknown_mode_is_named(tmp_path):
    with pytest.raises(InputError, match=r"logger\.wandb\.mode"):
        wandb_logger({"mode": "of"}, tmp_path, experiment="e", system="s", config={})
