"""W&B offline: config, figures and the sample table are in the run's file, as W&B's own reader sees them."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from wandb.proto import wandb_internal_pb2

from mmtg.errors import InputError
from mmtg.logging.wandb import has_key, wandb_logger

BLOCK, FILE_HEADER, CHUNK_HEADER = 32768, 7, struct.Struct("<IHB")
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def chunks(data):
    """Kind and content of each chunk of a file in the format of LevelDB's log, behind W&B's file header."""
    assert data[:4] == b":W&B"
    place = FILE_HEADER
    while place + CHUNK_HEADER.size <= len(data):
        if BLOCK - place % BLOCK < CHUNK_HEADER.size:
            place += BLOCK - place % BLOCK
            continue
        _, size, kind = CHUNK_HEADER.unpack_from(data, place)
        place += CHUNK_HEADER.size
        yield kind, data[place : place + size]
        place += size


def read_records(file):
    """The records of an offline run, decoded by W&B's own message class."""
    whole = b""
    for kind, content in chunks(file.read_bytes()):
        whole = content if kind in (FULL, FIRST) else whole + content
        if kind in (FULL, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            yield record


@pytest.fixture(scope="module")
def records(world_run):
    (file,) = world_run.glob("wandb/offline-run-*/*.wandb")
    return list(read_records(file))


def test_wandb_itself_finds_the_run(world_run):
    command = [str(Path(sys.executable).with_name("wandb")), "sync", "--dry-run"]
    done = subprocess.run(command, cwd=world_run, capture_output=True, text=True, timeout=60, check=False)
    (run,) = world_run.glob("wandb/offline-run-*")
    assert done.returncode == 0
    assert run.name.split("-")[-1] in done.stdout + done.stderr


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
    assert {"train/loss", "val/loss", "test/bleu_2", "test/concept_recall", "test/samples/path"} <= seen


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
