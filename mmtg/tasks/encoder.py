"""A stage of an encoder's training as a complete run."""

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.checkpoints import figures_kept, steps_of
from mmtg.encoders.img2poem.alignment_stage import KIND, alignment_stage
from mmtg.encoders.img2poem.stage import PRECISION, Stage
from mmtg.encoders.img2poem.visual_stage import visual_stage
from mmtg.encoders.make import IMG2POEM
from mmtg.errors import InputError
from mmtg.logging.board import at_work, conclude
from mmtg.logging.make import make_loggers
from mmtg.logging.summary import print_summary
from mmtg.rank import is_first
from mmtg.running import Run, complete_run, make_trainer, numbers
from mmtg.tasks.fit import TESTED, kept_checkpoints, resume_from

STAGES = {"visual": visual_stage, "alignment": alignment_stage}


def encoder(config: DictConfig) -> dict[str, float]:
    """Trains a stage, measures one of its checkpoints, completes the run directory and keeps the result as an artefact.

    Args:
        config: the whole configuration.

    Returns:
        The final figures.

    Raises:
        InputError: a mistake in configuration or data.
    """
    if config.encoder._target_ != IMG2POEM:
        raise InputError("has no stages of training; choose encoder=img2poem", field="encoder")
    if config.task.stage not in STAGES:
        raise InputError(f"'{config.task.stage}' is unknown; choose {' or '.join(STAGES)}", field="task.stage")
    if config.tested not in TESTED:
        raise InputError(f"'{config.tested}' is unknown; choose {' or '.join(TESTED)}", field="tested")
    return complete_run(config, train_stage)


def train_stage(config: DictConfig, run: Run) -> dict[str, float]:
    """Trains the configured stage in a run directory.

    Args:
        config: the whole configuration.
        run: at work.

    Returns:
        The final figures.
    """
    started = time.perf_counter()
    checkpoint = resume_from(config.resume, run.directory)
    artefacts = Artefacts(Path(config.paths.artefacts))
    stage = STAGES[config.task.stage](config, artefacts)
    if not stage.steps:
        raise InputError("is 0: there is nothing to train", field=f"encoder.{config.task.stage}.steps")
    loggers = make_loggers(config, run.directory, done=steps_of(checkpoint) if checkpoint else None)
    with at_work(loggers):
        trainer = _trainer(config, run, stage, loggers)
        if is_first():
            known = {"data": stage.key, "artefacts": artefacts.used, "precision": trainer.precision}
            run.directory.provenance(known)
        pl.seed_everything(stage.seed, workers=True, verbose=False)
        prepared_at = time.perf_counter()
        trainer.fit(stage.system, datamodule=stage.module, ckpt_path=checkpoint, weights_only=True)
        figures = {**figures_kept(trainer), **numbers(trainer.callback_metrics)}
        kept = kept_checkpoints(trainer, run.directory)
        measured = _measured(stage, kept[config.tested])
        figures |= measured
        figures["time/prepare_seconds"] = prepared_at - started
        figures["time/fit_seconds"] = time.perf_counter() - prepared_at
        figures["parameters"] = float(sum(weight.numel() for weight in stage.system.parameters()))
        if is_first():
            if stage.kind == KIND and not (run.directory.path / "encoder").exists():
                stage.save(run.directory.path)
            print_summary(run.directory.path, measured, [])
            if trainer.global_step == stage.steps and trainer.precision == PRECISION:
                _keep_artefact(stage, artefacts, kept[config.tested], measured)
        return conclude(trainer, figures)


def _trainer(config: DictConfig, run: Run, stage: Stage, loggers: list[Any]) -> pl.Trainer:
    """The configured trainer; it ends after the stage's steps, or earlier where it is told to."""
    more = stage.trainer_arguments()
    more["max_steps"] = min(stage.steps, config.trainer.max_steps) if config.trainer.max_steps >= 0 else stage.steps
    return make_trainer(config, run, loggers, epochs=config.trainer.max_epochs or stage.epochs, seed=stage.seed, **more)


def _measured(stage: Stage, checkpoint: Path) -> dict[str, float]:
    """Figures of a checkpoint, whose weights the system has from then on."""
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    stage.system.load_state_dict(content["state_dict"])
    return stage.figures()


def _keep_artefact(stage: Stage, artefacts: Artefacts, measured: Path, figures: dict[str, float]) -> None:
    """Keeps what training ended with, which is also what a stage made on the way to something else ends with.

    Args:
        stage: trained to its end; it has the weights of the checkpoint that was measured, and may get the last ones.
        artefacts: where it is kept.
        measured: the checkpoint.
        figures: of it.
    """
    if steps_of(str(measured)) != stage.steps:
        figures = _measured(stage, measured.with_name("last.ckpt"))
    artefacts.ensure(stage.kind, stage.key, lambda folder: stage.keep(folder, figures))
