"""``experiments/slurm/job.sbatch``: a training without Hydra's launcher that comes back when its time is over."""

import sys

import pytest

from tests.conftest import DEBUG, ROOT
from tests.slurm.guard import wait_for

pytestmark = pytest.mark.slow
JOB = ROOT / "experiments" / "slurm" / "job.sbatch"


@pytest.fixture
def submit(cluster, artefacts, tmp_path):
    """Submits the job from the repository; gives its id and its run directory."""

    def submitted(*arguments, options=()):
        run = tmp_path / "run"
        variables = f"--export=ALL,RUN={run},PYTHON={sys.executable}"
        command = [str(JOB), "+experiment=mmtg_full", "pretrain=none", "logger.wandb.enabled=false", *DEBUG]
        output = cluster.output / "%j.out"
        job = cluster.run(
            "sbatch", "--parsable", variables, "--cpus-per-task=1", f"--output={output}", *options, *command,
            f"paths.artefacts={artefacts}", *arguments, cwd=ROOT,
        )  # fmt: skip
        return job, run

    return submitted


def test_a_job_of_two_processes_is_warned_comes_back_and_ends(cluster, submit, read):
    """The warning is sent here as SLURM sends it before the end of a job's time: to what srun runs."""
    job, run = submit("trainer=ddp", "curriculum.epochs=40", "test=false", options=["--ntasks-per-node=2"])
    wait_for((run / "checkpoints" / "last.ckpt").is_file, "a checkpoint", 240)
    cluster.kill(job, "USR2", to="steps")
    assert cluster.restarted(job, 1, timeout=120) == 1
    assert cluster.wait(job, 300) == "COMPLETED"
    assert read(run / "status.json")["state"] == "completed"
    assert "MEMBER: 2/2" in cluster.logs(job)


def test_a_failed_job_has_its_status_and_does_not_come_back(cluster, submit):
    job, _ = submit("resume=nowhere.ckpt")
    assert cluster.wait(job, 240) == "FAILED"
    known = cluster.show(job)
    assert (known["ExitCode"], known["Restarts"]) == ("2:0", "0")
    assert "nowhere.ckpt" in cluster.logs(job)
