"""SLURM and MUNGE where they are missing."""

import os

from tests import debian
from tests.debian import program

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel")
PACKAGES = ("slurm-wlm", "munge")


def missing():
    """The programs of SLURM that are not installed."""
    return [name for name in PROGRAMS if program(name) is None]


def obstacle():
    """Why this machine cannot have a cluster of its own, in a few words; None where it can."""
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    if missing() and (reason := debian.no_apt()):
        return f"SLURM is not installed ({', '.join(missing())}), and {reason}"
    return None


def install():
    """Installs what is missing.

    Raises:
        InstallError: apt-get fails; with the end of its output.
    """
    debian.install(PACKAGES, missing)
