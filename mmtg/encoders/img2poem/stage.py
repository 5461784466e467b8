"""A stage of training, whether it is a run of its own or made on the way; and how it is made on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from omegaconf import DictConfig
from pytorch_lightning.plugins.environments import LightningEnvironment

from mmtg.curriculum import Schedule
from mmtg.curriculum import Stage as Shown
from mmtg.data.module import TextDataModule
from mmtg.encoders.base import one_thread
from mmtg.encoders.img2poem.stage_system import StageSystem
from mmtg.files import write_json
from mmtg.instantiate import build
from mmtg.logging.progress import quiet_lightning
from mmtg.models.build import optimizer_from
from mmtg.models.system import OptimizerSettings
from mmtg.randomness import BatchSeeds

FIGURES = "figures.json"
PRECISION = "32-true"
"""Of what is kept as an artefact."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage ready to train.

    Attributes:
        kind: of the artefact.
        key: what decides its result.
        system: in training.
        module: its data.
        steps: optimizer steps.
        validations: while training, evenly over the steps.
        seed: of what is drawn in training.
        figures: measures the system as it is.
        save: writes the result into a folder.
    """

    kind: str
    key: dict[str, Any]
    system: StageSystem
    module: TextDataModule
    steps: int
    validations: int
    seed: int
    figures: Callable[[], dict[str, float]]
    save: Callable[[Path], None]

    @property
    def epochs(self) -> int:
        """Epochs that hold all steps."""
        return -(-self.steps // self.module.steps(1)[0])

    def trainer_arguments(self) -> dict[str, Any]:
        """When training ends and when it validates: evenly over the steps, since it may end within an epoch."""
        interval = max(1, self.steps // self.validations)
        return {"check_val_every_n_epoch": None, "val_check_interval": interval, "max_steps": self.steps}

    def keep(self, folder: Path, figures: dict[str, float]) -> None:
        """Writes the result and its figures into a folder."""
        self.save(folder)
        write_json(folder / FIGURES, figures)


def loaders(sets: dict[str, Any], *, batch_size: int, seed: int) -> TextDataModule:
    """Loaders of a stage's sets, each item once an epoch."""
    schedule = Schedule(
        epochs=1, stages=(Shown(until_epoch=None, ratings=(1,), positive_from=1),), evaluation_positive_from=1
    )
    ratings = np.ones(len(sets["train"]), np.int8)
    return TextDataModule(
        sets,
        ratings=ratings,
        schedule=schedule,
        batch_size=batch_size,
        eval_batch_size=batch_size,
        workers=0,
        nouns={},
        seed=seed,
    )


def optimizer_of(settings: dict[str, Any], module: TextDataModule) -> OptimizerSettings:
    """The optimizer of a stage's section, which has ``steps`` and ``optimizer``."""
    per_epoch, steps = module.steps(1)[0], int(settings["steps"])
    return optimizer_from(settings["optimizer"], [per_epoch] * -(-steps // per_epoch), steps)


def train_silently(config: DictConfig, stage: Stage) -> dict[str, float]:
    """Trains a stage on the way to something else: one process, one thread, no files but its result.

    Args:
        config: the whole configuration.
        stage: to train.

    Returns:
        Its figures.
    """
    quiet_lightning()
    with one_thread():
        if stage.steps:
            trainer = build(config.trainer, **_silent(config, stage), **stage.trainer_arguments())
            pl.seed_everything(stage.seed, workers=True, verbose=False)
            trainer.fit(stage.system, datamodule=stage.module)
        return stage.figures()


def _silent(config: DictConfig, stage: Stage) -> dict[str, Any]:
    bar = [build(config.callbacks.progress)] if "progress" in config.callbacks else []
    return {
        "precision": PRECISION,
        "devices": 1,
        "num_nodes": 1,
        "strategy": "auto",
        "accumulate_grad_batches": 1,
        "max_epochs": stage.epochs,
        "limit_val_batches": 0,
        "logger": False,
        "enable_checkpointing": False,
        "callbacks": [BatchSeeds(stage.seed), *(bar if config.trainer.enable_progress_bar else [])],
        "plugins": [LightningEnvironment()],  # one process also where SLURM runs several
        "use_distributed_sampler": False,
        "reload_dataloaders_every_n_epochs": 1,
    }
