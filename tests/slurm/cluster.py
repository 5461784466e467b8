"""What tests ask of the private SLURM: submit, wait, look, signal, requeue."""

import fcntl
import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tests.slurm.guard import FAILED, READY, STARTED, USERS, processes
from tests.slurm.install import install
from tests.slurm.settings import environment

ROOT = Path(__file__).resolve().parents[2]
OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"}
START = 120  # seconds
COMMAND = 60  # seconds for a command of SLURM


class SlurmError(RuntimeError):
    """A command of SLURM failed, or a job did not do what was waited for."""


class Cluster:
    """A SLURM of one node, ``localhost``, with the partitions ``tests`` (default) and ``other``.

    Args:
        folder: of its settings, state and logs.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.output = self.folder / "output"
        self.output.mkdir(exist_ok=True)

    @property
    def env(self):
        """The environment in which programs see this SLURM, and nothing of another one or of W&B."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "WANDB", "SUBMITIT"))}
        return {**mine, **environment(self.folder), "HF_HUB_OFFLINE": "1"}

    def run(self, *command, timeout=COMMAND, check=True, **options):
        """Runs a program that sees this SLURM; gives its stdout.

        Raises:
            SlurmError: the program fails, if ``check``.
        """
        done = subprocess.run(
            list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
            check=False, env=self.env, **options,
        )  # fmt: skip
        if check and done.returncode:
            raise SlurmError(f"{shlex.join(map(str, command))}: status {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout.strip()

    def sbatch(self, command, *options, cwd=None, **named):
        """Submits a job; gives its id.

        Args:
            command: a script file (Path), or a shell command.
            *options: of sbatch, such as ``"--array=0-2"``.
            cwd: the job's working folder.
            **named: options as keywords: ``ntasks=2``, ``time=1``, ``requeue=True``.

        Returns:
            The job's id.
        """
        named = {"output": self.output / "%j.out", "open_mode": "append", **named}
        flags = [f"--{k.replace('_', '-')}" + ("" if v is True else f"={v}") for k, v in named.items()]
        what = [str(command)] if isinstance(command, Path) else ["--wrap", command]
        return self.run("sbatch", "--parsable", *flags, *options, *what, cwd=cwd or self.folder)

    def show(self, job):
        """What the controller knows of a job: ``JobState``, ``Restarts``, ``ExitCode``, ``NodeList``, ..."""
        line = self.run("scontrol", "--oneliner", "show", "job", job).splitlines()[0]
        return dict(part.split("=", 1) for part in re.split(r"\s+(?=[A-Za-z:/]+=)", line) if "=" in part)

    def state(self, job):
        """A job's state: PENDING, RUNNING, COMPLETED, ...; ``12_1`` is a job of an array."""
        return self.show(job)["JobState"]

    def states(self, array):
        """The states of the jobs of an array by index."""
        lines = self.run("squeue", "--states=all", "--array", "--noheader", "--format=%K|%T", f"--jobs={array}")
        return {int(index): state for index, state in (line.split("|") for line in lines.splitlines())}

    def wait(self, job, timeout, states=OVER):
        """Waits until a job has one of some states: by default, until it is over, not to come back.

        Args:
            job: its id.
            timeout: seconds.
            states: to wait for.

        Returns:
            The state.

        Raises:
            SlurmError: it did not come to that; with what the job printed.
        """
        end = time.monotonic() + timeout
        while (state := self.state(job)) not in states:
            if time.monotonic() > end:
                raise SlurmError(f"job {job} is {state} after {timeout} s:\n{self.logs(job)[-3000:]}")
            time.sleep(0.1)
        return state

    def wait_array(self, array, timeout):
        """Waits until all jobs of an array are over; gives their states by index."""
        end = time.monotonic() + timeout
        while not set((states := self.states(array)).values()) <= OVER:
            if time.monotonic() > end:
                raise SlurmError(f"array {array} is {states} after {timeout} s")
            time.sleep(0.2)
        return states

    def requeue(self, job, timeout=COMMAND):
        """Requeues a running job and waits until it runs again; gives how often it has been restarted."""
        before = int(self.show(job)["Restarts"])
        self.run("scontrol", "requeue", job)
        return self.restarted(job, before + 1, timeout=timeout)

    def restarted(self, job, restarts, timeout=COMMAND):
        """Waits until a job that was requeued, by whomever, runs again, and spares it most of SLURM's waiting time.

        Not all: a start in the second of the requeueing is refused ("Job credential revoked"), and the job fails.
        """
        end, hurried = time.monotonic() + timeout, False
        while True:
            known = self.show(job)
            if int(known["Restarts"]) >= restarts and known["JobState"] in {"RUNNING", *OVER}:
                return int(known["Restarts"])
            if time.monotonic() > end:
                raise SlurmError(f"job {job} is {known['JobState']} {timeout} s after its requeueing")
            if int(known["Restarts"]) >= restarts and known["JobState"] == "PENDING" and not hurried:
                self.run("scontrol", "update", f"JobId={known['JobId']}", "StartTime=now+2", check=False)
                hurried = True  # refused where the job has started meanwhile
            time.sleep(0.2)

    def kill(self, job, signal="TERM", *, to="all"):
        """Sends a signal to all processes of a job; or only to ``steps``, what srun runs; or to the ``batch`` shell."""
        self.run("scancel", f"--signal={signal}", *{"all": ["--full"], "steps": [], "batch": ["--batch"]}[to], job)

    def cancel(self, job):
        """Cancels a job."""
        self.run("scancel", job)

    def processes(self, job, *, task=None):
        """Ids of a job's processes; ``task``: of those of one of its tasks, by rank."""
        raw = self.show(job)["JobId"]
        return [
            number
            for number, variables in processes(self.folder).items()
            if variables.get("SLURM_JOB_ID") == raw and (task is None or variables.get("SLURM_PROCID") == str(task))
        ]

    def logs(self, job):
        """What a job printed, all its starts in order."""
        raw = self.show(job)
        file = Path(raw.get("StdOut", ""))
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


@contextmanager
def shared_cluster(folder):
    """The cluster of a folder, which every process that asks for it shares; the first starts it, the last ends it.

    Args:
        folder: exists, and is the same for all.

    Yields:
        The cluster.

    Raises:
        InstallError: SLURM is not installed and cannot be.
        SlurmError: it could not be started; with the reason.
    """
    with open(folder / USERS, "a", encoding="ascii") as users, open(folder / "start", "a", encoding="ascii") as start:
        fcntl.flock(start, fcntl.LOCK_EX)  # one at a time asks whether it must be started
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while an earlier one is being stopped
        if not (folder / READY).exists():
            _start_guard(folder)
        fcntl.flock(start, fcntl.LOCK_UN)
        yield Cluster(folder)


def _start_guard(folder):
    install()
    (folder / FAILED).unlink(missing_ok=True)
    with open(folder / "guard.out", "a", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.slurm.guard", str(folder)], cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    (folder / STARTED).write_text(str(process.pid), encoding="ascii")
    end = time.monotonic() + START
    while not (folder / READY).exists():
        if process.poll() is not None or time.monotonic() > end:
            process.terminate()
            reason = (folder / FAILED).read_text(encoding="utf-8") if (folder / FAILED).exists() else "no reason known"
            raise SlurmError(f"no SLURM: {reason}\n{(folder / 'guard.out').read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.1)
