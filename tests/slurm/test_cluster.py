"""The SLURM of the tests is a SLURM: it runs, repeats, counts, forgets nothing, and leaves nothing behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.slurm.cluster import SlurmError, shared_cluster
from tests.slurm.guard import STARTED, processes, wait_for

pytestmark = pytest.mark.slow


def test_a_job_runs(cluster):
    job = cluster.sbatch("echo on $SLURMD_NODENAME")
    assert cluster.wait(job, 60) == "COMPLETED"
    assert cluster.logs(job).strip() == "on localhost"


def test_a_failed_job_has_its_status(cluster):
    job = cluster.sbatch("exit 7")
    assert cluster.wait(job, 60) == "FAILED"
    assert cluster.show(job)["ExitCode"] == "7:0"


def test_two_tasks_know_their_ranks(cluster):
    job = cluster.sbatch("srun sh -c 'echo $SLURM_PROCID of $SLURM_NTASKS'", ntasks=2)
    assert cluster.wait(job, 60) == "COMPLETED"
    assert sorted(cluster.logs(job).splitlines()) == ["0 of 2", "1 of 2"]


def test_a_requeued_job_keeps_its_id_and_counts_its_starts(cluster):
    job = cluster.sbatch("echo start $SLURM_RESTART_COUNT; test $SLURM_RESTART_COUNT || sleep 300", requeue=True)
    wait_for(lambda: "start" in cluster.logs(job), "the first start")
    assert cluster.requeue(job) == 1
    assert cluster.wait(job, 60) == "COMPLETED"
    lines = [line for line in cluster.logs(job).splitlines() if line.startswith("start")]
    assert [line.strip() for line in lines] == ["start", "start 1"]


def test_a_job_can_requeue_itself(cluster):
    job = cluster.sbatch("test $SLURM_RESTART_COUNT || { scontrol requeue $SLURM_JOB_ID; sleep 300; }", requeue=True)
    assert cluster.restarted(job, 1) == 1
    assert cluster.wait(job, 60) == "COMPLETED"


def test_an_array(cluster):
    array = cluster.sbatch("exit $SLURM_ARRAY_TASK_ID", "--array=0-2")
    assert cluster.wait_array(array, 60) == {0: "COMPLETED", 1: "FAILED", 2: "FAILED"}
    assert cluster.show(f"{array}_2")["ExitCode"] == "2:0"


def test_a_single_task_can_be_killed(cluster):
    job = cluster.sbatch("srun --kill-on-bad-exit sleep 300", ntasks=2)
    wait_for(lambda: cluster.processes(job, task=0) and cluster.processes(job, task=1), "both tasks")
    for number in cluster.processes(job, task=1):
        os.kill(number, signal.SIGKILL)
    assert cluster.wait(job, 60) == "FAILED"


def test_the_stand_in_for_sacct_speaks_as_submitit_reads(cluster):
    array = cluster.sbatch("exit $SLURM_ARRAY_TASK_ID", "--array=0-1")
    job = cluster.sbatch("sleep 300", "--begin=now+1hour")
    cluster.wait_array(array, 60)
    lines = cluster.run("sacct", "-o", "JobID,State,NodeList", "--parsable2", "-j", array, "-j", job).splitlines()
    assert lines[0] == "JobID|State|NodeList"
    assert set(lines[1:]) == {f"{array}_0|COMPLETED|localhost", f"{array}_1|FAILED|localhost", f"{job}|PENDING|"}
    cluster.cancel(job)


def test_waiting_ends(cluster):
    job = cluster.sbatch("echo still here; sleep 300", "--begin=now+1hour")
    with pytest.raises(SlurmError, match="PENDING"):
        cluster.wait(job, 1)
    cluster.cancel(job)
    assert cluster.wait(job, 60) == "CANCELLED"


def test_nothing_is_left_of_a_cluster_and_its_jobs_and_it_starts_again(cluster, tmp_path):
    for _ in range(2):
        with shared_cluster(tmp_path) as own:
            job = own.sbatch("setsid sleep 300 & trap '' TERM; sleep 300; sleep 300")
            own.wait(job, 60, {"RUNNING"})
            wait_for(lambda: len(processes(tmp_path)) > 5, "the job's processes")
            guard = int((tmp_path / STARTED).read_text())
        os.waitpid(guard, 0)
        assert not processes(tmp_path)


def test_a_user_that_is_killed_is_not_waited_for(cluster, tmp_path):
    user = (
        "import sys, time, pathlib, tests.slurm.cluster as c\nwith c.shared_cluster(pathlib.Path(sys.argv[1])) as own:"
    )
    code = f"{user}\n    own.sbatch('sleep 300'); print('up', flush=True); time.sleep(300)"
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    assert processes(tmp_path)
    process.kill()
    process.communicate()
    wait_for(lambda: not processes(tmp_path), "the end of the cluster")


def test_a_failed_start_is_told_and_leaves_nothing(cluster, tmp_path):
    (tmp_path / "munge.socket").mkdir()
    with pytest.raises(SlurmError, match="no SLURM: RuntimeError: munged ended"), shared_cluster(tmp_path):
        pass
    assert not processes(tmp_path)
