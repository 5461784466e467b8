"""A further process of a job, started by :mod:`mmtg.processes`: ``python -m mmtg.rank_process DIRECTORY PARENT``."""

import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

from omegaconf import OmegaConf

from mmtg.app import MISTAKES, report
from mmtg.errors import MISTAKE
from mmtg.invocation import Invocation, told

PR_SET_PDEATHSIG = 1
"""Of prctl(2): which signal to get when the parent ends."""


def main(directory: Path, parent: int) -> int:
    """Does the job of a run directory as one of its processes.

    Args:
        directory: holds the resolved configuration, ``config.yaml``.
        parent: number of the first process, with which this one ends.

    Returns:
        The exit status.
    """
    end_with(parent)
    logging.captureWarnings(True)
    from mmtg.tasks import job

    config, overrides = (OmegaConf.load(directory / f"{name}.yaml") for name in ("config", "overrides"))
    with told(Invocation(directory, tuple(overrides))):
        try:
            job(config.task.name)(config)  # type: ignore[arg-type]
        except MISTAKES as error:
            report(error)
            return MISTAKE
    return 0


def end_with(parent: int) -> None:
    """Sees to it that this process does not outlive another; on Linux alone, elsewhere lost connections end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
