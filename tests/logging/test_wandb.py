"""W&B offline: config, figures and the sample table are in the run's file, as W&B's own reader sees them."""

import json

import pytest
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore

from mmtg.errors import InputError
from mmtg.logging.wandb import has_key, wandb_logger


@pytest.fixture(scope="module")
def records(world_run):
    (file,) = world_run.glob("wandb/offline-run-*/*.wandb")
    store = DataStore()
    store.open_for_scan(str(file))
    found = []
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        found.append(record)
    return found


def test_run(records):
    (run,) = [record.run for record in records if record.WhichOneof("record_type") == "run"]
    assert run.project == "mmtg"
    assert run.run_group == "mmtg_full"
    assert run.job_type == "mmtg"
    config = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert config["model"]["kl_weight"] == 0.2
    assert config["curriculum"]["stages"][0]["ratings"] == [1, 5]


def keys(items):
    return {item.key or "/".join(item.nested_key) for item in items}


def test_figures(records):
    seen = set()
    for record in records:
        if record.WhichOneof("record_type") == "history":
            seen |= keys(record.history.item)
    assert {"train/loss", "val/loss", "test/bleu_2", "test/concept_recall", "test/samples"} <= seen


def test_samples(records, world_run, read):
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
