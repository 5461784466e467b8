"""Test a checkpoint again: with other decoding, or with inputs left out or permuted."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmtg.config.plain import plain
from mmtg.config.typed import typed_sections
from mmtg.data.module import TextDataModule
from mmtg.data.perturb import perturbation_from
from mmtg.errors import InputError
from mmtg.logging.summary import print_summary
from mmtg.measures import test_measures
from mmtg.models.build import load_system
from mmtg.models.keyword_clip import GIVEN_ANEW
from mmtg.models.system import System
from mmtg.prepare import Prepared, experience_module, poem_module, poems_only, prepare
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory
from mmtg.running import complete_run, finish, make_loggers, make_trainer, test_system

OF_THE_RUN = ("name", "data", "encoder", "model", "curriculum", "pretrain", "layout", "budget")
"""Sections that a test takes from the run whose checkpoint it is."""

IF_THERE = ("form", "keywords", "mapping")
"""The same, of runs that are new enough to have them."""


def test_checkpoint(config: DictConfig) -> None:
    """Tests ``task.checkpoint`` on its own run's data and completes a run directory of its own.

    Args:
        config: the whole configuration; the sections of ``OF_THE_RUN`` are those of the checkpoint's run.

    Raises:
        InputError: a mistake in configuration, checkpoint or data.
    """
    complete_run(as_in_run(config, Path(config.task.checkpoint)), _test)


def as_in_run(config: DictConfig, checkpoint: Path) -> DictConfig:
    """The configuration with what decides data and model as in a run.

    Args:
        config: the whole configuration.
        checkpoint: ``RUN/checkpoints/NAME.ckpt``.

    Returns:
        A configuration of its own.

    Raises:
        InputError: the checkpoint does not lie in a run directory.
    """
    file = checkpoint.parent.parent / "config.yaml"
    if not file.is_file():
        raise InputError("is not there; a checkpoint can be tested inside its run directory", file=file)
    try:
        own: Any = OmegaConf.load(file)
        sections = (*OF_THE_RUN, *(section for section in IF_THERE if section in own))
        merged: dict[str, Any] = OmegaConf.to_container(config)  # type: ignore[assignment]
        return OmegaConf.create({**merged, **{section: own[section] for section in sections}})
    except (OmegaConfBaseException, KeyError) as error:
        raise InputError(f"is not the configuration of a run ({error})", file=file) from error


def _test(config: DictConfig, directory: RunDirectory) -> dict[str, float]:
    changed = typed_sections(config, GIVEN_ANEW)
    system = load_system(Path(config.task.checkpoint), decoding=plain(config.decoding), model=changed)
    system.perturbation = perturbation_from(plain(config.perturb), system.layout.steps)
    prepared = _prepared(config, system)
    module = _module(config, prepared, system)
    system.ranking = prepared.ranking
    system.measures = test_measures(config, prepared, module)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    loggers = make_loggers(config, directory, fresh=True)
    try:
        trainer = make_trainer(config, directory, loggers, epochs=system.schedule.epochs)
        started = time.perf_counter()
        figures = test_system(trainer, system, module, directory, checkpoint=None)
        figures["time/test_seconds"] = time.perf_counter() - started
        if is_first():
            print_summary(directory.path, figures, system.samples)
        return figures
    finally:
        finish(loggers)


def _prepared(config: DictConfig, system: System) -> Prepared:
    """The run's data in the layout of the checkpoint."""
    return replace(prepare(config, experiences=not poems_only(config)), layout=system.layout)


def _module(config: DictConfig, prepared: Prepared, system: System) -> TextDataModule:
    if poems_only(config):
        phase_one = config.pretrain
        return poem_module(prepared, batch_size=phase_one.batch_size, seed=phase_one.seed, epochs=1, echo=False)
    return experience_module(prepared, system.schedule, config, trains=False)
