"""SLURM and MUNGE where they are missing: Debian's packages, without starting their services."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel")
PACKAGES = ("slurm-wlm", "munge")
POLICY = Path("/usr/sbin/policy-rc.d")
SECONDS = {"update": 180, "install": 400}


def program(name):
    """The path of a program; system folders count also where PATH leaves them out."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin:/usr/local/sbin")


def missing():
    """The programs of SLURM that are not installed."""
    return [name for name in PROGRAMS if program(name) is None]


def obstacle():
    """Why this machine cannot have a cluster of its own, in a few words; None where it can."""
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    if missing() and program("apt-get") is None:
        return f"SLURM is not installed ({', '.join(missing())}), and there is no apt-get to install it"
    return None


class InstallError(RuntimeError):
    """The packages cannot be had."""


def install():
    """Installs what is missing.

    Raises:
        InstallError: apt-get fails; with the end of its output.
    """
    if not missing():
        return
    with _no_services():
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)
    if missing():
        raise InstallError(f"{' and '.join(PACKAGES)} are installed, but not {', '.join(missing())}")


def _apt(verb, *arguments):
    done = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=120", verb, *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS[verb], check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    if done.returncode:
        raise InstallError(f"apt-get {verb} failed: {(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _no_services():
    """Debian starts the services it installs, unless this file says no; a machine's own file is left as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
