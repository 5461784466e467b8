"""The processes of a job: how many it needs, who starts them, and an end that is the same for all.

Where nothing else does (SLURM, torchrun), the first process starts the others itself, from the resolved configuration
in the run directory. So every process has the same values whoever chose them, a sweeper or a person, and there is one
folder; Lightning finds the processes there and starts none.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from omegaconf import DictConfig
from pytorch_lightning.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)

import mmtg
from mmtg.errors import InputError

_log = logging.getLogger(__name__)

SPAWNING = ("spawn", "fork", "notebook")
"""Endings of the strategies whose processes begin inside the trainer."""
TOLD = ("LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""Variables by which processes find each other."""
GRACE = 30.0
"""Seconds that a process may go on after the others have ended."""


def needed(trainer: DictConfig) -> int:
    """Number of processes on each machine: one per device.

    Args:
        trainer: the section ``trainer``.

    Returns:
        The number.
    """
    devices: Any = trainer.devices
    if isinstance(devices, str) and devices.lstrip("-").isdigit():
        devices = int(devices)
    if devices in ("auto", -1):
        on_cuda = trainer.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
        return torch.cuda.device_count() if on_cuda else 1
    return devices if isinstance(devices, int) else len(devices)


def started_by() -> str | None:
    """Who starts the processes of this job: ``slurm`` (srun), ``torchrun``, ``us``; None where nobody did yet."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return "torchrun"
    if "LOCAL_RANK" in os.environ:
        return "us"
    if int(os.environ.get("SLURM_NTASKS", "1")) > 1 and "SLURM_STEP_ID" in os.environ:
        return "slurm"
    return None


def environment() -> ClusterEnvironment:
    """What tells the trainer its rank; the trainer itself is not to queue a job again (mmtg.preemption does)."""
    starter = started_by()
    if starter == "torchrun":
        return TorchElasticEnvironment()
    return SLURMEnvironment(auto_requeue=False) if starter == "slurm" else LightningEnvironment()


def refuse_contradictions(trainer: DictConfig) -> None:
    """Refuses numbers of processes that cannot come together.

    Args:
        trainer: the section ``trainer``.

    Raises:
        InputError: naming both settings.
    """
    strategy, starter, here = trainer.strategy, started_by(), needed(trainer)
    if str(strategy).endswith(SPAWNING):
        raise InputError(
            f"trainer.strategy={strategy} starts processes that a run directory does not outlive; with "
            f"trainer.devices={trainer.devices} choose trainer.strategy=ddp",
            field="trainer.strategy",
        )
    tasks = int(os.environ.get("SLURM_NTASKS", "1"))
    if starter == "slurm" and tasks != here * trainer.num_nodes:
        raise InputError(
            f"trainer.devices={trainer.devices} on trainer.num_nodes={trainer.num_nodes} asks for "
            f"{here * trainer.num_nodes} processes, but SLURM runs {tasks} tasks "
            "(hydra.launcher.tasks_per_node, or sbatch --ntasks-per-node); they must be equal",
            field="trainer.devices",
        )
    if starter is None and trainer.num_nodes > 1:
        raise InputError(
            f"trainer.num_nodes={trainer.num_nodes} needs something that starts processes on other machines: "
            "hydra/launcher=slurm, srun or torchrun",
            field="trainer.num_nodes",
        )


class SameValues(pl.Callback):
    """Refuses to train where a process was told other values than the first.

    Args:
        config: the resolved configuration of this process.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Compares with the first process; raises RuntimeError, which names the keys that differ."""
        first = trainer.strategy.broadcast(self.config)
        if differing := sorted(_differing(first, self.config)):
            raise RuntimeError(
                f"process {trainer.global_rank} was told other values than the first: {', '.join(differing)}"
            )


def _differing(one: Any, other: Any, prefix: str = "") -> Iterator[str]:
    """The keys whose values differ between two pieces of plain data, with both values."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in {*one, *other}:
            yield from _differing(one.get(key), other.get(key), f"{prefix}.{key}" if prefix else str(key))
    elif one != other:
        yield f"{prefix} ({one}, here {other})"


@contextmanager
def together(trainer: DictConfig, directory: Path) -> Iterator[None]:
    """Starts the further processes that a job needs, and ends when all have ended.

    Args:
        trainer: the section ``trainer``.
        directory: of the run; holds its ``config.yaml``.

    Yields:
        Nothing; meanwhile the trainer finds the processes.

    Raises:
        RuntimeError: one of the processes failed; the others are ended.
    """
    count = needed(trainer)
    if started_by() is not None or count == 1:
        try:
            yield
        finally:
            _leave_group()
        return
    told = _addresses(count)
    os.environ.update(told, LOCAL_RANK="0")
    logs = [directory / f"rank_{rank}.log" for rank in range(1, count)]
    others = [_start(rank, log, directory, told) for rank, log in enumerate(logs, 1)]
    try:
        with _guarded(others):
            yield
    finally:
        _leave_group()
        for log in logs:
            if not log.stat().st_size:
                log.unlink()
        for name in TOLD:
            os.environ.pop(name, None)


@contextmanager
def _guarded(others: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Ends the other processes when this one fails, and this one when it waits for others that have failed."""
    over = threading.Event()
    threading.Thread(target=_watch, args=(others, over), daemon=True).start()
    try:
        yield
    except BaseException as error:
        failed = _failed(others)
        _end(others)
        if failed and isinstance(error, Exception):
            raise RuntimeError(failed) from error
        raise
    finally:
        over.set()
    for process in others:
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _end(others)
    if failed := _failed(others):
        raise RuntimeError(failed)


def _watch(others: list[subprocess.Popen[bytes]], over: threading.Event) -> None:
    """Ends this process where it would wait for ever: another has failed, and it did not notice in time (NCCL)."""
    while not over.wait(1):
        if failed := _failed(others):
            if not over.wait(GRACE):
                _log.critical("%s, and this process waits for it in vain", failed)
                os._exit(1)
            return


def _start(rank: int, log: Path, directory: Path, told: dict[str, str]) -> subprocess.Popen[bytes]:
    """Starts the process of a rank; what it says goes into a file."""
    home = str(Path(mmtg.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {**os.environ, **told, "LOCAL_RANK": str(rank), "PYTHONPATH": os.pathsep.join(paths)}
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "mmtg.rank_process", str(directory), str(os.getpid())],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def _failed(others: list[subprocess.Popen[bytes]]) -> str:
    """Which of the processes ended badly by themselves, and how."""
    ends = {rank: process.poll() for rank, process in enumerate(others, 1)}
    return "; ".join(
        f"process {rank} was ended by signal {-status}" if status < 0 else f"process {rank} ended with status {status}"
        for rank, status in ends.items()
        if status
    )


def _end(others: list[subprocess.Popen[bytes]]) -> None:
    """Ends what still runs: asks first."""
    for process in others:
        process.terminate()
    for process in others:
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave_group() -> None:
    """So that the next job of a sweep can form its own."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _addresses(count: int) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count), "NODE_RANK": "0"}
