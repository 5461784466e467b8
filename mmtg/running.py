"""What every job that fills a run directory shares: its state, loggers, trainer, and what is kept of a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from pytorch_lightning.loggers import WandbLogger

from mmtg.config.plain import plain
from mmtg.instantiate import build
from mmtg.logging.csv import LongCSVLogger
from mmtg.logging.progress import quiet_lightning
from mmtg.logging.wandb import log_samples, wandb_logger
from mmtg.metrics.corpus import signatures
from mmtg.models.system import System
from mmtg.precision import resolve_precision
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory

Work = Callable[[DictConfig, RunDirectory], dict[str, float]]


def complete_run(config: DictConfig, work: Work) -> None:
    """Does the work of a run and says in its directory how it went.

    Args:
        config: the whole configuration.
        work: fills the directory; gives the final figures.
    """
    directory = RunDirectory(Path(HydraConfig.get().runtime.output_dir))
    if is_first():
        directory.start(plain(config), list(HydraConfig.get().overrides.task), config.seed)
    quiet_lightning()
    if config.threads:
        torch.set_num_threads(config.threads)
    try:
        figures = work(config, directory)
    except BaseException as error:
        if is_first():
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            directory.status("preempted" if stopped else "failed", error=f"{type(error).__name__}: {error}")
        raise
    if is_first():
        directory.metrics(figures)
        directory.status("completed")


def make_loggers(config: DictConfig, directory: RunDirectory, *, fresh: bool) -> list[Any]:
    """The configured loggers; ``fresh`` drops what a csv file holds."""
    loggers: list[Any] = []
    if config.logger.csv:
        path = directory.path / "metrics.csv"
        if fresh:
            path.unlink(missing_ok=True)
        loggers.append(LongCSVLogger(path))
    if config.logger.wandb.enabled:
        settings, whole = plain(config.logger.wandb), plain(config)
        loggers.append(
            wandb_logger(settings, directory.path, experiment=config.name, system=config.model.name, config=whole)
        )
    return loggers


def finish(loggers: list[Any]) -> None:
    """Ends the W&B run, so that the next job of a sweep starts its own."""
    for logger in loggers:
        if isinstance(logger, WandbLogger) and is_first():
            import wandb

            wandb.finish()


def make_trainer(
    config: DictConfig, directory: RunDirectory, loggers: list[Any], *, epochs: int, **more: Any
) -> pl.Trainer:
    """The configured trainer.

    Args:
        config: the whole configuration.
        directory: of the run.
        loggers: of the run.
        epochs: after which training ends.
        **more: arguments that replace configured ones.

    Returns:
        The trainer.
    """
    callbacks = [
        build(node, **({"dirpath": str(directory.checkpoints)} if name == "checkpoint" else {}))
        for name, node in config.callbacks.items()
    ]
    trainer: pl.Trainer = build(
        config.trainer,
        max_epochs=epochs,
        precision=resolve_precision(config.trainer.precision, config.trainer.accelerator),
        **more,
        callbacks=callbacks,
        logger=loggers,
        default_root_dir=str(directory.path),
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
        directory: gets ``samples.jsonl``, and sacrebleu's signatures into ``provenance.json``.
        checkpoint: whose weights to test; None for those it has.

    Returns:
        The figures.
    """
    trainer.test(system, datamodule=module, ckpt_path=checkpoint, weights_only=True, verbose=False)
    if is_first():
        directory.samples(system.samples)
        directory.provenance({"signatures": signatures()})
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                log_samples(logger, system.samples)
    return numbers(trainer.callback_metrics)


def numbers(metrics: Any) -> dict[str, float]:
    """Logged figures as numbers."""
    return {name: float(value) for name, value in metrics.items()}
