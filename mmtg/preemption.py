"""Being asked to stop: save at the end of the step at hand, say so, and, where a scheduler has us, come back later."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

from mmtg.errors import InputError
from mmtg.rank import is_first

SCONTROL_SECONDS = 30
"""How long SLURM's controller may take to answer."""


class Preempted(SystemExit):
    """The run was asked to stop and has; its status is that of a process ended by the signal.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number

    def __str__(self) -> str:
        return f"asked to stop by {signal.Signals(self.number).name}"


class Watch:
    """Listens for signals while a run lasts.

    In training a signal is only noted: whoever saves asks :attr:`asked` after each step, saves, and calls
    :meth:`leave`. At other times the run ends at once, since nothing would be gained by waiting.

    Args:
        requeue_on: names of the signals by which a scheduler says that time is up; the run asks to be queued again.
            SIGTERM ends it for good.
        patience: seconds that the step at hand may still take; after them the run ends without saving.

    Raises:
        InputError: no such signal.
    """

    def __init__(self, requeue_on: Sequence[str], patience: int) -> None:
        unknown = [name for name in requeue_on if name not in signal.Signals.__members__]
        if unknown:
            raise InputError(f"'{unknown[0]}' is no signal; SIGUSR2 is one", field="preemption.requeue_on")
        self.requeue_on = [signal.Signals[name] for name in requeue_on]
        self.patience = patience
        self.asked: int | None = None
        self.training = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in self._numbers}
        self.listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.alarm(0)
            for number, handler in self._before.items():
                signal.signal(number, handler)

    @property
    def _numbers(self) -> list[signal.Signals]:
        return [signal.SIGTERM, signal.SIGALRM, *self.requeue_on]

    def listen(self) -> None:
        """Takes the signals; again after anyone else did. Only the main thread can; in others nothing is heard."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self._numbers:
            signal.signal(number, self._noted)

    def _noted(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGALRM:  # patience is over
            self.leave()
        if self.asked is None:
            self.asked = number
        if not self.training:
            self.leave()
        signal.alarm(self.patience)

    def leave(self) -> None:
        """Ends the run.

        Raises:
            Preempted: always.
        """
        signal.alarm(0)
        raise Preempted(self.asked or signal.SIGTERM)

    def requeue(self) -> None:
        """Asks the scheduler to queue the job again, if that is what the signal meant; may not return.

        Whoever listened before (the launcher of a sweep) knows best how; else SLURM is asked for the job at hand. Only
        the first process asks; the others wait for their end, since a process that left would end the first.
        """
        if self.asked not in self.requeue_on:
            return
        if not is_first():
            time.sleep(self.patience)
            return
        before: Callable[[int, None], None] | Any = self._before[self.asked]
        if callable(before):
            before(self.asked, None)
        elif "SLURM_JOB_ID" in os.environ:
            subprocess.run(["scontrol", "requeue", slurm_job()], check=True, timeout=SCONTROL_SECONDS)


def slurm_job() -> str:
    """The id of the SLURM job at hand, of a task of an array as ``<array>_<task>``."""
    array, task = (os.environ.get(f"SLURM_ARRAY_{name}") for name in ("JOB_ID", "TASK_ID"))
    return f"{array}_{task}" if array and task else os.environ["SLURM_JOB_ID"]


def requeued() -> bool:
    """Whether SLURM has started the job at hand before."""
    return int(os.environ.get("SLURM_RESTART_COUNT", "0")) > 0
