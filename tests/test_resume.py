"""A run that is cut anywhere and goes on ends bit for bit where the undisturbed run does."""

import csv

import pytest
import pytorch_lightning as pl
import torch

from mmtg.preemption import Preempted, Watch
from mmtg.prepare import prepare
from mmtg.rundir import RunDirectory
from mmtg.running import Run, make_loggers, make_trainer
from mmtg.tasks.fit import _system, resume_from

SETTINGS = {
    "published": "curriculum=published",
    "competence": "curriculum=linear",
    "accumulated": "trainer.accumulate_grad_batches=2",
    "validated_within_epochs": "trainer.val_check_interval=0.5",
    "validated_by_steps": "trainer.val_check_interval=3 trainer.check_val_every_n_epoch=null",
    "validated_seldom": "trainer.check_val_every_n_epoch=2",
    "ended_by_steps": "trainer.max_steps=7",
}


class Kill(pl.Callback):
    """Ends the process, as it were, at the n-th call of a hook."""

    def __init__(self, hook, count):
        self.calls = 0
        setattr(self, hook, lambda *_, **__: self._called(count))

    def _called(self, count):
        self.calls += 1
        if self.calls == count:
            raise Killed


class Killed(BaseException):
    """As SIGKILL: nothing is tidied up."""


@pytest.fixture(scope="module")
def train(composed, artefacts, tmp_path_factory):
    """Trains a small MMTG as task=fit does, in this process; gives its folder, or None where it was killed."""

    def run(directory=None, kill=None, every=1, also="", prepared={}):  # noqa: B006
        config = composed(
            "+experiment=mmtg_full", "model/size=debug", "model.dropout=0.2", "budget.train_items=40", "pretrain=none",
            "data.batch_size=16", "model.echo_weight=0", "trainer.enable_progress_bar=false",
            "logger.wandb.enabled=false", "trainer.log_every_n_steps=1", f"callbacks.last.every_n_steps={every}",
            f"paths.artefacts={artefacts}", "curriculum.epochs=3", *also.split(),
        )  # fmt: skip
        directory = directory or tmp_path_factory.mktemp("run") / "run"
        if "data" not in prepared:
            prepared["data"] = prepare(config, experiences=True)
        with Watch(**config.preemption) as watch:
            run = Run(RunDirectory(directory), watch)
            checkpoint = resume_from("auto", run.directory)
            system, module, _ = _system(config, prepared["data"], None, resumed=checkpoint is not None)
            done = torch.load(checkpoint, weights_only=True)["global_step"] if checkpoint else None
            loggers = make_loggers(config, run.directory, done=done)
            trainer = make_trainer(config, run, loggers, epochs=3, seed=1)
            if kill is not None:
                trainer.callbacks.append(kill)
            try:
                trainer.fit(system, datamodule=module, ckpt_path=checkpoint, weights_only=True)
            except (Killed, Preempted):
                return None
        return directory

    return run


def rows(directory):
    """What was logged, but for what the clock decides."""
    with open(directory / "metrics.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if "per_second" not in row["name"]]


def same(directory, other):
    """Equal weights, optimizer states and best checkpoints, and equal rows logged."""
    for name in ("last.ckpt", "best.ckpt"):
        mine, theirs = (torch.load(d / "checkpoints" / name, weights_only=True) for d in (directory, other))
        assert mine["global_step"] == theirs["global_step"]
        for key, weights in theirs["state_dict"].items():
            assert torch.equal(mine["state_dict"][key], weights), (name, key)
        assert mine["lr_schedulers"][0]["last_epoch"] == theirs["lr_schedulers"][0]["last_epoch"]
        for key, state in theirs["optimizer_states"][0]["state"].items():
            assert all(torch.equal(mine["optimizer_states"][0]["state"][key][k], v) for k, v in state.items())
    return rows(directory), rows(other)


HOOKS = ["on_train_batch_start", "on_train_batch_end", "on_validation_batch_end", "on_validation_end",
         "on_train_epoch_start", "on_train_epoch_end"]  # fmt: skip


@pytest.fixture
def quick_disk(monkeypatch):
    """The disk is not waited for: a killed process, other than a machine, loses nothing that it wrote."""
    monkeypatch.setattr("mmtg.files._flush", lambda path: None)


@pytest.mark.parametrize("also", SETTINGS.values(), ids=SETTINGS)
def test_a_run_killed_anywhere_goes_on_to_the_same_end(train, quick_disk, also):
    whole = train(also=also)
    kills = 0
    for hook in HOOKS if also == SETTINGS["published"] else HOOKS[:1] + HOOKS[3:4]:
        for count in range(1, 40):
            directory = whole.parent / f"{hook}-{count}"
            if train(directory, Kill(hook, count), also=also) is not None:
                break  # the run has no such moment
            kills += 1
            mine, theirs = same(train(directory, also=also), whole)
            if hook == "on_train_batch_end":  # after the save, before the figures of that step were logged
                assert len({row["step"] for row in theirs if row not in mine}) <= 1
                theirs = [row for row in theirs if row in mine]
            assert mine == theirs
    assert kills >= 6
