"""A run that is cut anywhere and goes on ends bit for bit where the undisturbed run does."""

import csv
import os
import signal
import time

import pytest
import pytorch_lightning as pl
import torch

from mmtg.checkpoints import LAST, PREVIOUS, clear, is_whole, keep_previous, newest_whole
from mmtg.errors import InputError
from mmtg.logging.make import make_loggers
from mmtg.preemption import Preempted, Watch
from mmtg.prepare import prepare
from mmtg.rundir import RunDirectory
from mmtg.running import Run, make_trainer
from mmtg.tasks.fit import _system, resume_from

SETTINGS = {
    "published": "curriculum=published",
    "competence": "curriculum=linear",
    "accumulated": "trainer.accumulate_grad_batches=2",
    "validated_within_epochs": "trainer.val_check_interval=0.5",
    "validated_by_steps": "trainer.val_check_interval=3 trainer.check_val_every_n_epoch=null",
    "validated_seldom": "trainer.check_val_every_n_epoch=2",
    "ended_by_steps": "trainer.max_steps=7",
    "adversarial": "+experiment=img2poem_gru curriculum=published curriculum.learning_rate_epochs=1 encoder=world "
    "model.adversarial.start_epoch=2 model.adversarial.warmup_epochs=1 model.adversarial.baseline=moving",
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
        experiment = () if "experiment" in also else ("+experiment=mmtg_full", "model.echo_weight=0")
        config = composed(
            *experiment, "model/size=debug", "model.dropout=0.2", "budget.train_items=40", "pretrain=none",
            "data.batch_size=16", "trainer.enable_progress_bar=false", "trainer.check_val_every_n_epoch=1",
            "logger.wandb.enabled=false", "trainer.log_every_n_steps=1", f"callbacks.last.every_n_steps={every}",
            f"paths.artefacts={artefacts}", *also.split(), "curriculum.epochs=3",
        )  # fmt: skip
        directory = directory or tmp_path_factory.mktemp("run") / "run"
        data = prepared.setdefault(experiment, None) or prepare(config, experiences=True)
        prepared[experiment] = data
        with Watch(**config.preemption) as watch:
            run = Run(RunDirectory(directory), watch)
            checkpoint = resume_from("auto", run.directory)
            system, module, _ = _system(config, data, None, resumed=checkpoint is not None)
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
    """What was logged, but for what the clock decides; in a step's rows the order of names says nothing."""
    with open(directory / "metrics.csv", newline="", encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if "per_second" not in row["name"]]
    return sorted(found, key=lambda row: (int(row["step"]), int(row["epoch"]), row["name"]))


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


MOMENTS = [
    ("on_train_batch_start", 2), ("on_train_batch_start", 4), ("on_train_batch_end", 3), ("on_validation_batch_end", 2),
    ("on_validation_end", 1), ("on_validation_end", 2), ("on_train_epoch_start", 3), ("on_train_epoch_end", 3),
]  # fmt: skip


@pytest.fixture
def quick_disk(monkeypatch):
    """The disk is not waited for: a killed process, other than a machine, loses nothing that it wrote."""
    monkeypatch.setattr("mmtg.files._flush", lambda path: None)


@pytest.mark.slow
@pytest.mark.parametrize("also", SETTINGS.values(), ids=SETTINGS)
def test_a_run_killed_anywhere_goes_on_to_the_same_end(train, quick_disk, also):
    whole = train(also=also)
    killed = 0
    for hook, count in MOMENTS:
        directory = whole.parent / f"{hook}-{count}"
        if train(directory, Kill(hook, count), also=also) is not None:
            continue  # the run has no such moment
        killed += 1
        mine, theirs = same(train(directory, also=also), whole)
        if hook == "on_train_batch_end":  # after the save, before the figures of that step were logged
            assert len({row["step"] for row in theirs if row not in mine}) <= 1
            theirs = [row for row in theirs if row in mine]
        assert mine == theirs
    assert killed >= 5


def test_a_run_asked_to_stop_saves_the_step_at_hand_and_goes_on(train, quick_disk):
    whole = train(every=100)
    directory = whole.parent / "stopped"
    asked = pl.Callback()
    asked.on_train_batch_start = lambda trainer, module, batch, index: (
        trainer.global_step == 2 and os.kill(os.getpid(), signal.SIGUSR2)
    )
    assert train(directory, asked, every=100) is None
    assert torch.load(directory / "checkpoints" / LAST, weights_only=True)["global_step"] == 3
    mine, theirs = same(train(directory, every=100), whole)
    assert mine == theirs


def test_what_is_drawn_depends_on_seed_epoch_and_batch_alone(train, quick_disk):
    """Dropout is on: another rhythm of validation, which draws too, changes no weight."""
    often, seldom = train(), train(also="trainer.check_val_every_n_epoch=3")
    weights = [torch.load(d / "checkpoints" / LAST, weights_only=True)["state_dict"] for d in (often, seldom)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.fixture
def saved(tmp_path):
    """A folder of two checkpoints."""
    for steps, name in ((1, PREVIOUS), (2, LAST)):
        torch.save({"global_step": steps, "weights": torch.randn(1000)}, tmp_path / name)
    return tmp_path


def test_the_last_checkpoint_is_taken(saved):
    assert newest_whole(saved) == saved / LAST


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_torn_checkpoint_is_found_out_and_the_one_before_taken(saved, damage, caplog):
    content = (saved / LAST).read_bytes()
    middle = len(content) // 2
    torn = {"cut": content[:middle], "empty": b"", "changed": content[:middle] + b"XX" + content[middle + 2 :]}
    (saved / LAST).write_bytes(torn[damage])
    assert not is_whole(saved / LAST)
    assert newest_whole(saved) == saved / PREVIOUS
    assert str(saved / LAST) in caplog.text


def test_torn_checkpoints_alone_are_no_reason_to_begin_anew(saved):
    for name in (LAST, PREVIOUS):
        (saved / name).write_bytes(b"PK torn")
    with pytest.raises(InputError, match=r"torn.*resume=never"):
        newest_whole(saved)


def test_there_is_always_a_whole_checkpoint_while_another_is_written(saved):
    before = (saved / LAST).read_bytes()
    keep_previous(saved / LAST)
    assert (saved / PREVIOUS).read_bytes() == (saved / LAST).read_bytes() == before


def test_starting_anew_leaves_no_checkpoint_of_before(saved):
    clear(saved)
    assert newest_whole(saved) is None


def test_a_signal_that_does_not_exist_is_named():
    with pytest.raises(InputError, match="SIGFOO"):
        Watch(["SIGFOO"], 1)


def ask(number):
    """Sends this process a signal, and waits for what it does."""
    os.kill(os.getpid(), number)
    time.sleep(5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_outside_of_training_a_signal_ends_the_run_at_once(number):
    with Watch(["SIGUSR1"], 60), pytest.raises(Preempted) as ended:
        ask(number)
    assert ended.value.code == 128 + number


def test_patience_ends():
    with Watch(["SIGUSR1"], 1) as watch:
        watch.training = True
        with pytest.raises(Preempted):
            ask(signal.SIGUSR1)


def test_whoever_listened_before_is_asked_to_requeue():
    heard = []
    before = signal.signal(signal.SIGUSR2, lambda number, frame: heard.append(number))
    try:
        with Watch(["SIGUSR2"], 1) as watch:
            watch.asked = signal.SIGTERM
            watch.requeue()
            assert not heard  # SIGTERM ends for good
            watch.asked = signal.SIGUSR2
            watch.requeue()
        assert heard == [signal.SIGUSR2]
        assert signal.getsignal(signal.SIGUSR2) is not signal.SIG_DFL
    finally:
        signal.signal(signal.SIGUSR2, before)
