"""TensorBoard's event files, read back by its own reader."""

import pytest
import torch
from pytorch_lightning.utilities.rank_zero import rank_zero_only

reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
ON = "logger=tensorboard"


def read_back(board):
    found = reader.EventAccumulator(board.log_dir, size_guidance={"tensors": 0, "scalars": 0})
    return found.Reload()


def test_figures_samples_attention_and_configuration(board, samples):
    run = board(ON)
    run.log_metrics({"train/loss": torch.tensor(2.0)}, 1)
    run.show_samples(samples)
    run.show_attention([(1, "topic", 0.25), (2, "topic", 0.5)])
    run.conclude({"test/bleu_2": 0.25}, 5)
    run.close("finished")
    found = read_back(run)
    assert run.log_dir == f"{run.identity.directory}/tensorboard/"
    assert [(at.step, at.value) for at in found.Scalars("train/loss")] == [(1, 2.0)]
    assert [(at.step, at.value) for at in found.Scalars("test/bleu_2")] == [(5, 0.25)]
    assert [(at.step, at.value) for at in found.Scalars("test/attention/topic")] == [(1, 0.25), (2, 0.5)]
    assert found.Tags()["images"] == ["test/attention"]
    (text,) = found.Tensors("test/samples/text_summary")[0].tensor_proto.string_val
    lines = text.decode().splitlines()
    assert len(lines) == 2 + 3
    assert "c<br>d" in lines[2]
    assert "<script>" not in text.decode()
    assert len({line.count("|") for line in lines}) == 1  # what is in a text makes no columns
    plugins = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    assert b"model/kl_weight" in plugins
    assert b"run/label" in plugins


def test_a_run_that_goes_on_says_each_step_once(board):
    for done, steps in ((None, (0, 1, 2, 3)), (2, (2, 3, 4))):
        run = board(ON, done=done)
        for step in steps:
            run.log_metrics({"train/loss": float(step)}, step)
        run.close("stopped")
    assert [at.step for at in read_back(run).Scalars("train/loss")] == [0, 1, 2, 3, 4]


def test_a_run_that_begins_anew_loses_what_there_was(board):
    for first in (0, 10):
        run = board(ON, done=None)
        run.log_metrics({"train/loss": 1.0}, first)
        run.close("failed")
    assert [at.step for at in read_back(run).Scalars("train/loss")] == [10]


def test_only_the_first_process_writes(board, samples, monkeypatch):
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    run = board(ON)
    run.log_metrics({"train/loss": 1.0}, 1)
    run.show_samples(samples)
    run.conclude({"test/bleu_2": 0.5}, 2)
    run.close("finished")
    assert not (run.identity.directory / "tensorboard").exists()
