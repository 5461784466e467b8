"""Starts a private SLURM, and stops it when its last user is gone: ``python -m tests.slurm.guard FOLDER``.

Tests run in several processes, any of which may be first, last, or killed. Each holds a shared lock on
``FOLDER/users`` as long as it lives; the guard waits for the exclusive one, which the system grants when nobody holds
the other, and then stops everything. So nothing has to be counted, and nothing survives.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from tests.debian import program
from tests.slurm.settings import NODE, environment, write_settings

STARTED, READY, FAILED, USERS = "guard.pid", "ready", "failed", "users"
START = 30  # seconds until a node is idle
STOP = 10  # seconds that a daemon has to end by itself
LIFE = 2 * 3600  # seconds after which a guard stops the cluster though it has users
DIES_WITH_PARENT = 1  # prctl(2): PR_SET_PDEATHSIG


def guard(folder):
    """Starts everything in a folder, waits for the last user, stops everything, also after a failed start."""
    with ExitStack() as daemons:
        daemons.callback(end_processes, folder)
        try:
            start(folder, daemons)
        except BaseException as error:
            (folder / FAILED).write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            raise
        (folder / READY).touch()
        with open(folder / USERS, "w", encoding="ascii") as users:
            _last_user_gone(users)
            (folder / READY).unlink()
            cancel_jobs(folder)
            daemons.close()


def _last_user_gone(users):
    """Waits for the exclusive lock, which is kept: whoever comes now waits until all is stopped."""
    end = time.monotonic() + LIFE
    while time.monotonic() < end:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.2)


def start(folder, daemons):
    """Starts the three daemons, the last of which is stopped first, and waits until the node is idle.

    Raises:
        RuntimeError: a daemon has ended; with what it said.
        TimeoutError: a daemon does not answer.
    """
    write_settings(folder)
    socket = folder / "munge.socket"
    files = [f"--{what}-file={folder}/munge.{what}" for what in ("key", "pid", "seed", "log")]
    run = partial(_daemon, daemons, folder)
    run("munged", "--foreground", "--force", f"--socket={socket}", *files, ready=socket.is_socket)
    run("slurmctld", "-D", ready=lambda: ask(folder, "scontrol", "ping").endswith("UP"))
    run("slurmd", "-D", "-N", NODE, ready=lambda: ask(folder, "sinfo", "-h", "-o", "%T", "-p", "tests") == "idle")


def _daemon(daemons, folder, name, *arguments, ready):
    """Starts a daemon and waits until it works; it ends with the stack, or with this process."""
    output = folder / f"{name}.out"
    with open(output, "w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [program(name), *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            env={**os.environ, **environment(folder)}, preexec_fn=_die_with_parent,
        )  # fmt: skip
    daemons.callback(_end, process)
    wait_for(lambda: process.poll() is not None or ready(), name)
    if process.poll() is not None:
        raise RuntimeError(f"{name} ended: {output.read_text(encoding='utf-8')[-1000:]}")


def _end(process):
    process.terminate()
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent():
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)


def wait_for(true, what, seconds=START):
    """Waits until a function says true.

    Raises:
        TimeoutError: it never did.
    """
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not ready after {seconds} s")
        time.sleep(0.1)


def ask(folder, *command, timeout=20):
    """What a command of SLURM prints; nothing where it fails."""
    done = subprocess.run(
        [program(command[0]), *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        check=False, env={**os.environ, **environment(folder)},
    )  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else ""


def cancel_jobs(folder):
    """Cancels all jobs, kills their processes and waits, not for long, until SLURM knows it."""
    ask(folder, "scancel", f"--user={os.geteuid()}")
    _kill(number for number, variables in processes(folder).items() if "SLURM_JOB_ID" in variables)
    end = time.monotonic() + STOP
    while ask(folder, "squeue", "--noheader") and time.monotonic() < end:
        time.sleep(0.1)


def processes(folder):
    """Processes of the cluster and of its jobs: those whose environment names its settings; id -> environment."""
    mark = f"SLURM_CONF={folder / 'slurm.conf'}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:  # gone meanwhile
                continue
            if mark in variables:
                found[int(entry.name)] = dict(v.decode(errors="replace").split("=", 1) for v in variables if b"=" in v)
    return found


def end_processes(folder):
    """Kills what is left over of the cluster or of its jobs."""
    _kill(processes(folder))


def _kill(numbers):
    for number in numbers:
        with suppress(ProcessLookupError):  # ended meanwhile
            os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    guard(Path(sys.argv[1]))
