"""What every job that fills a run directory shares: its state, trainer, and what is kept of a test."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch
from omegaconf import DictConfig

from mmtg import checkpoints, invocation, processes
from mmtg.compiling import Compiled
from mmtg.config.plain import plain
from mmtg.instantiate import build
from mmtg.logging.board import show_test
from mmtg.logging.checks import refuse_loggers
from mmtg.logging.progress import quiet_lightning
from mmtg.metrics.corpus import signatures
from mmtg.models.system import System
from mmtg.precision import resolve_precision
from mmtg.preemption import Preempted, Watch
from mmtg.randomness import BatchSeeds
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory

Work = Callable[[DictConfig, "Run"], dict[str, float]]


@dataclass(frozen=True)
class Run:
    """A run at work.

    Attributes:
        directory: is filled.
        watch: of the signals that ask it to stop.
    """

    directory: RunDirectory
    watch: Watch


def complete_run(config: DictConfig, work: Work) -> dict[str, float]:
    """Does the work of a run, on as many processes as it asks for, and says in its directory how it went.

    Args:
        config: the whole configuration.
        work: fills the directory; gives the final figures.

    Returns:
        The final figures.

    Raises:
        InputError: a mistake in configuration or data.
    """
    processes.refuse_contradictions(config.trainer)
    refuse_loggers(config.logger)
    how = invocation.current()
    run = Run(RunDirectory(how.directory), Watch(**plain(config.preemption)))
    if is_first():
        run.directory.start(plain(config), how.overrides, config.seed)
    quiet_lightning()
    set_threads(config)
    with run.watch:
        try:
            with _told_of(run.directory), processes.together(config.trainer, run.directory.path):
                figures = work(config, run)
        except Preempted:
            run.watch.requeue()
            raise
    if is_first():
        run.directory.metrics(figures)
        checkpoints.drop_previous(run.directory.checkpoints)
        run.directory.status("completed")
    return figures


@contextmanager
def _told_of(directory: RunDirectory) -> Iterator[None]:
    """Says in the directory of a run that it failed, or was stopped."""
    try:
        yield
    except BaseException as error:
        if is_first():
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            directory.status("preempted" if stopped else "failed", error=f"{type(error).__name__}: {error}")
        raise


def set_threads(config: DictConfig) -> None:
    """Shares the CPU's cores among the processes of this machine, unless the number of threads is given."""
    count = processes.needed(config.trainer)
    if config.threads or count > 1:
        torch.set_num_threads(config.threads or max(1, len(os.sched_getaffinity(0)) // count))


def make_trainer(
    config: DictConfig, run: Run, loggers: list[Any], *, epochs: int, seed: int, **more: Any
) -> pl.Trainer:
    """The configured trainer.

    Args:
        config: the whole configuration.
        run: at work.
        loggers: of the run.
        epochs: after which training ends.
        seed: of what is drawn in training.
        **more: arguments that replace configured ones.

    Returns:
        The trainer.
    """
    folder = str(run.directory.checkpoints)
    places: dict[str, Any] = {"checkpoint": {"dirpath": folder}, "last": {"dirpath": folder, "watch": run.watch}}
    nodes = {str(name): node for name, node in config.callbacks.items()}
    if not config.trainer.enable_progress_bar:
        nodes.pop("progress", None)
    callbacks = [build(node, **places.get(name, {})) for name, node in nodes.items()]
    if config.compile.backend is not None:
        callbacks.append(Compiled(**plain(config.compile)))
    trainer: pl.Trainer = build(
        config.trainer,
        max_epochs=epochs,
        precision=resolve_precision(config.trainer.precision, config.trainer.accelerator),
        **more,
        callbacks=[BatchSeeds(seed), processes.SameValues(plain(config)), *callbacks],
        plugins=[checkpoints.AtomicCheckpointIO(), processes.environment()],
        logger=loggers,
        default_root_dir=str(run.directory.path),
        use_distributed_sampler=False,
        reload_dataloaders_every_n_epochs=1,
    )
    return trainer


def test_system(
    trainer: pl.Trainer, system: System, module: Any, directory: RunDirectory, *, checkpoint: str | None
) -> dict[str, float]:
    """Tests a system and keeps its samples.

    Args:
        trainer: of the run.
        system: to test.
        module: its data.
        directory: gets ``samples.jsonl`` and ``scores.json``, and sacrebleu's signatures into ``provenance.json``.
        checkpoint: whose weights to test; None for those it has.

    Returns:
        The figures.
    """
    trainer.test(system, datamodule=module, ckpt_path=checkpoint, weights_only=True, verbose=False)
    if is_first():
        directory.samples(system.samples)
        directory.scores(system.samples, system.scores)
        directory.provenance({"signatures": signatures()})
        show_test(trainer.loggers, system.samples)
    return numbers(trainer.callback_metrics)


def numbers(metrics: Any) -> dict[str, float]:
    """Logged figures as numbers."""
    return {name: float(value) for name, value in metrics.items()}
