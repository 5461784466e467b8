"""Killed, requeued, continued, on the real SLURM: the end is that of an undisturbed twin."""

import os
import shlex
import signal
import subprocess
import sys

import pytest
import torch

from mmtg.checkpoints import newest_whole
from tests.conftest import DEBUG, ROOT
from tests.slurm.guard import wait_for

pytestmark = pytest.mark.slow
TRAINING = (
    "+experiment=mmtg_full", *DEBUG, "model.dropout=0.1", "curriculum.epochs=60", "callbacks.last.every_n_steps=5",
    "logger.wandb.enabled=false", "trainer.log_every_n_steps=1", "pretrain=none",
)  # fmt: skip


@pytest.fixture
def submit(cluster, artefacts):
    """Submits a training as a plain job; gives its id."""

    def run(directory, *arguments, tasks=1):
        command = [sys.executable, ROOT / "run.py", *TRAINING, *arguments, f"paths.artefacts={artefacts}",
                   f"hydra.run.dir={directory}"]  # fmt: skip
        return cluster.sbatch(
            f"srun --kill-on-bad-exit=1 {shlex.join(map(str, command))}",
            ntasks_per_node=tasks,
            cpus_per_task=1,
            requeue=True,
        )

    return run


@pytest.fixture(scope="module")
def twin(fit, tmp_path_factory):
    """The undisturbed run, on this machine without SLURM."""
    return fit(*TRAINING[1:], TRAINING[0], directory=tmp_path_factory.mktemp("twin") / "run", debug=())


def trains(directory):
    """Waits until a training has written a checkpoint, another than may be there, and is on its way to the next."""
    last = directory / "checkpoints" / "last.ckpt"
    before = last.stat().st_mtime_ns if last.is_file() else 0
    wait_for(lambda: last.is_file() and last.stat().st_mtime_ns > before, "a checkpoint", 180)


def steady(figures):
    """Figures that the clock does not decide."""
    return {name: value for name, value in figures.items() if "second" not in name and "time/" not in name}


def weights(directory):
    return torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def as_the_twin(directory, twin, read):
    assert read(directory / "status.json")["state"] == "completed"
    assert steady(read(directory / "metrics.json")) == steady(read(twin / "metrics.json"))
    mine, theirs = weights(directory), weights(twin)
    assert all(torch.equal(mine[name], value) for name, value in theirs.items())
    assert read(directory / "samples.jsonl") == read(twin / "samples.jsonl")


def test_a_job_requeued_in_the_middle_ends_as_its_undisturbed_twin(cluster, submit, twin, read, tmp_path):
    job = submit(tmp_path / "run")
    trains(tmp_path / "run")
    assert cluster.requeue(job) == 1
    assert cluster.wait(job, 240) == "COMPLETED"
    as_the_twin(tmp_path / "run", twin, read)


def test_a_job_whose_time_is_up_saves_asks_to_be_queued_again_and_goes_on(cluster, submit, twin, read, tmp_path):
    job = submit(tmp_path / "run", "callbacks.last.every_n_steps=10000")
    trains(tmp_path / "run")
    cluster.run("scancel", "--signal=USR2", f"{job}.0")  # as SLURM does before the end (sbatch --signal=USR2@60)
    assert cluster.restarted(job, 1) == 1
    assert read(tmp_path / "run" / "status.json")["state"] in ("preempted", "running")
    assert cluster.wait(job, 240) == "COMPLETED"
    as_the_twin(tmp_path / "run", twin, read)


def test_a_killed_process_of_two_ends_the_job_and_another_start_goes_on(cluster, submit, fit, read, tmp_path):
    two = ("trainer=ddp",)
    whole = fit(*TRAINING[1:], TRAINING[0], *two, directory=tmp_path / "twin", debug=())
    for task in (0, 1):
        job = submit(tmp_path / "run", *two, tasks=2)
        trains(tmp_path / "run")
        os.kill(max(cluster.processes(job, task=task)), signal.SIGKILL)
        assert cluster.wait(job, 120) == "FAILED"
        assert newest_whole(tmp_path / "run" / "checkpoints")
    assert cluster.wait(submit(tmp_path / "run", *two, tasks=2), 240) == "COMPLETED"
    mine, theirs = weights(tmp_path / "run"), weights(whole)
    for name, value in theirs.items():
        torch.testing.assert_close(mine[name], value, rtol=1e-6, atol=1e-6)
    figures, others = (steady(read(d / "metrics.json")) for d in (tmp_path / "run", whole))
    assert figures == {name: pytest.approx(value, rel=1e-5, abs=1e-6) for name, value in others.items()}


def test_a_sweep_of_curricula_with_a_job_requeued_by_its_launcher(cluster, artefacts, read, tmp_path):
    process = subprocess.Popen(
        [sys.executable, ROOT / "run.py", "-m", "+sweep=curriculum", "curriculum=published,none,linear,anti",
         "seed=1,2", *DEBUG, "pretrain=none", f"paths.artefacts={artefacts}", f"paths.runs={tmp_path}/runs",
         "hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1", "hydra.launcher.name=curricula",
         "curriculum.epochs=20"],
        cwd=tmp_path, env=cluster.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        job = requeue_first(cluster, tmp_path / "runs" / "curriculum", "published-seed1")
        output, _ = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode == 0, output[-3000:]
    assert "8 of 8 jobs completed" in output
    assert int(cluster.show(job)["Restarts"]) == 1
    (sweep,) = (tmp_path / "runs" / "curriculum").iterdir()
    runs = sorted(path.parent for path in sweep.glob("*/status.json"))
    assert [run.name for run in runs] == sorted(
        f"{curriculum}-seed{seed}" for curriculum in ("published", "none", "linear", "anti") for seed in (1, 2)
    )
    for run in runs:
        files = {path.name for path in run.iterdir()}
        assert files >= {"config.yaml", "overrides.yaml", "provenance.json", "metrics.csv", "metrics.json",
                         "samples.jsonl", "checkpoints", "wandb"}  # fmt: skip
        assert read(run / "status.json")["state"] == "completed"
        assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    ids = {path.name.rsplit("-", 1)[1] for run in runs for path in run.glob("wandb/offline-run-*")}
    assert len(ids) == 8


def requeue_first(cluster, folder, name):
    """Says to a job of the sweep, once it trains, that its time is up; gives its id."""
    wait_for(lambda: list(folder.glob(f"*/{name}/checkpoints/last.ckpt")), "a checkpoint", 240)
    job = element(cluster, "curricula", 0)
    cluster.run("scancel", "--signal=USR2", f"{job}.0")
    return job


def element(cluster, name, number):
    """Id of a job of the array of a name."""
    (array,) = set(cluster.run("squeue", "--noheader", "--format=%F", f"--name={name}", "--states=all").split())
    return cluster.show(f"{array}_{number}")["JobId"]


def test_a_sweep_outlives_a_job_that_was_killed_and_one_that_was_ended(cluster, artefacts, read, tmp_path):
    process = subprocess.Popen(
        [sys.executable, ROOT / "run.py", "-m", *TRAINING, "seed=1,2,3", f"paths.artefacts={artefacts}",
         f"hydra.sweep.dir={tmp_path}/sweep", "hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1",
         "hydra.launcher.name=deaths"],
        cwd=tmp_path, env=cluster.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        for name, end in (("0", lambda job: os.kill(max(cluster.processes(job, task=0)), signal.SIGKILL)),
                          ("1", lambda job: cluster.run("scancel", "--signal=TERM", f"{job}.0"))):  # fmt: skip
            wait_for((tmp_path / "sweep" / name / "checkpoints" / "last.ckpt").is_file, "a checkpoint", 240)
            end(element(cluster, "deaths", name))
        output, _ = process.communicate(timeout=400)
    finally:
        process.kill()
    assert process.returncode == 1, output[-3000:]
    assert "1 of 3 jobs completed" in output
    states = [read(tmp_path / "sweep" / name / "status.json")["state"] for name in "012"]
    assert states == ["running", "preempted", "completed"]
    assert read(tmp_path / "sweep" / "1" / "status.json")["error"].endswith("SIGTERM")
