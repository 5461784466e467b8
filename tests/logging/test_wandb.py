"""W&B offline: config, figures and the sample table are in the run's file, as W&B's own reader sees them."""

import csv
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def records(world_run, inspect):
    (file,) = world_run.glob("wandb/offline-run-*/*.wandb")
    return inspect(file)


@pytest.fixture(scope="module")
def summary(world_run, inspect):
    (file,) = world_run.glob("wandb/offline-run-*/*.wandb")
    (whole,) = inspect(file, "--summary")
    return whole


def test_run(summary, world_run):
    assert summary["project"] == "mmtg"
    assert summary["name"] == f"mmtg_full/{world_run.name}"
    assert summary["state"] == "finished"


def test_group_and_job_type(records):
    (run,) = [record["run"] for record in records if record["type"] == "run"]
    assert run["run_group"] == "mmtg_full"
    assert run["job_type"] == "mmtg"


def test_config(summary):
    assert summary["config"]["model"]["kl_weight"] == 0.2
    assert summary["config"]["curriculum"]["stages"][0]["ratings"] == [1, 5]
    assert summary["config"]["run"]["label"] == "mmtg_full model/size=debug"
    assert summary["config"]["run"]["typed"]["model/size"] == "debug"


def test_figures(summary, world_run, read):
    figures = read(world_run / "metrics.json")
    assert {name: summary["summary"].get(name) for name in figures} == pytest.approx(figures)
    assert {"train/lm_loss", "test/bleu_2", "parameters", "time/fit_seconds"} <= set(figures)


def test_best_validation(summary, world_run):
    with open(world_run / "metrics.csv", newline="", encoding="utf-8") as file:
        logged = [float(row["value"]) for row in csv.DictReader(file) if row["name"] == "val/loss"]
    assert summary["summary"]["val/loss_min"] == pytest.approx(min(logged))


def test_samples(summary, world_run, read):
    assert "test/samples" in summary["summary"]
    (table,) = world_run.glob("wandb/offline-run-*/files/media/table/test/samples*.table.json")
    content = read(table)
    assert content["columns"] == ["id", "topic", "reference", "hypothesis", "plan", "ratings"]
    samples = read(world_run / "samples.jsonl")
    assert [row[0] for row in content["data"]] == [sample["id"] for sample in samples]
    assert content["data"][0][3] == "\n".join(samples[0]["hypotheses"][0])
    assert content["data"][0][4].split("\n") == [", ".join(concepts) for concepts in samples[0]["plan"]]
    assert content["data"][0][5].startswith("img_rel ")


def test_attention(summary, world_run, read):
    assert {"test/attention", "test/attention_map"} <= set(summary["summary"])
    (table,) = world_run.glob("wandb/offline-run-*/files/media/table/test/attention*.table.json")
    content, samples = read(table), read(world_run / "samples.jsonl")
    assert content["columns"] == ["step", "source", "weight"]
    heard = [sample["attention"][0][1] for sample in samples]
    assert content["data"][1] == [1, "image", pytest.approx(sum(heard) / len(heard))]
    (picture,) = world_run.glob("wandb/offline-run-*/files/media/images/test/attention_map*.png")
    assert Image.open(picture).size[0] > Image.open(picture).size[1]


def test_pieces_of_a_run_that_goes_on_are_one_run(board, inspect):
    for done in (None, 3):
        run = board("logger.wandb.mode=offline", done=done)
        run.log_metrics({"train/loss": 1.0}, done or 0)
        run.close("stopped" if done is None else "finished")
    files = sorted(Path(run.save_dir).glob("wandb/offline-run-*/*.wandb"))
    first, second = ({record["type"]: record for record in inspect(file)} for file in files)
    assert first["run"]["run"]["run_id"] == second["run"]["run"]["run_id"]
    assert [bool(piece["run"]["run"].get("resume")) for piece in (first, second)] == [False, True]
    assert [piece["exit"]["exit"].get("exit_code", 0) for piece in (first, second)] == [1, 0]
    assert ["preempting" in piece for piece in (first, second)] == [True, False]
    assert second["run"]["run"]["tags"] == ["full"]
    assert second["run"]["run"]["run_group"] == "ablation/today"
