"""The configured loggers of a run."""

from typing import Any

from omegaconf import DictConfig

from mmtg import invocation
from mmtg.config.plain import plain
from mmtg.logging.csv import LongCSVLogger
from mmtg.logging.identity import Identity
from mmtg.logging.mlflow import mlflow_logger
from mmtg.logging.tensorboard import tensorboard_logger
from mmtg.logging.wandb import wandb_logger
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory


def make_loggers(config: DictConfig, directory: RunDirectory, *, done: int | None) -> list[Any]:
    """The configured loggers.

    Args:
        config: the whole configuration.
        directory: of the run.
        done: optimizer steps of the checkpoint that a run goes on from; a csv file loses what was logged after them.
            None for a new run, which loses all.

    Returns:
        The loggers.
    """
    settings = plain(config.logger)
    loggers: list[Any] = []
    if settings["csv"]:
        loggers.append(LongCSVLogger(directory.path / "metrics.csv"))
        if is_first():
            loggers[0].cut(0 if done is None else done)
    if not any(settings[name]["enabled"] for name in ("wandb", "tensorboard", "mlflow")):
        return loggers
    how = invocation.current()
    identity = Identity(directory.path, plain(config), how.overrides, how.sweep)
    if settings["wandb"]["enabled"]:
        loggers.append(wandb_logger(settings["wandb"], identity, goes_on=done is not None))
    if settings["tensorboard"]["enabled"]:
        loggers.append(tensorboard_logger(settings["tensorboard"], identity, done=done))
    if settings["mlflow"]["enabled"]:
        loggers.append(mlflow_logger(settings["mlflow"], identity, goes_on=done is not None))
    return loggers
