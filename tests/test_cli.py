"""Mistakes on the command line: status 2, one line, the key named, soon."""

import time

import pytest

TYPOS = {
    "trainr.max_steps=3": "trainr",
    "trainer.max_stps=3": "max_stps",
    "trainer.max_steps=many": "trainer.max_steps",
    "model.kl_wieght=1": "kl_wieght",
    "data.batchsize=3": "batchsize",
    "+data.batchsize=3": "data.batchsize",
    "+nonsense=1": "nonsense",
    "model/size=debg": "model/size",
    "optimizer=adam": "optimizer",
    "callbacks.checkpoint.sve_last=false": "sve_last",
    "data=mmtg": "data.root",
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_mistyped_override_fails_at_once_and_is_named(cli, tmp_path, typo):
    started = time.monotonic()
    done = cli("+experiment=mmtg_full", typo, cwd=tmp_path)
    assert time.monotonic() - started < 5
    assert done.returncode == 2
    assert TYPOS[typo] in done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_unknown_experiment(cli):
    done = cli("+experiment=mmtg_ful")
    assert done.returncode == 2
    assert "mmtg_ful" in done.stderr


def test_unknown_callback_argument(cli, tmp_path):
    done = cli(
        "+experiment=mmtg_full", "model/size=debug", "pretrain=none", "+callbacks.progress.colour=red",
        f"hydra.run.dir={tmp_path}/run", f"paths.artefacts={tmp_path}/a",
    )  # fmt: skip
    assert done.returncode == 2
    assert "colour" in done.stderr


def test_help(cli):
    done = cli("--help")
    assert done.returncode == 0
    for word in ("experiment", "mmtg_full", "task=convert", "budget", "Exit status"):
        assert word in done.stdout


@pytest.mark.parametrize("task", ["convert", "generate", "draw", "encode"])
def test_tasks_ask_for_what_they_need(cli, task, tmp_path):
    done = cli(f"task={task}", cwd=tmp_path)
    assert done.returncode == 2
    assert "task.output" in done.stderr
    assert not list(tmp_path.iterdir())
