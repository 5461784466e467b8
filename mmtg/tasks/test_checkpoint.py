"""Test a checkpoint again: with other decoding, or with inputs left out or permuted."""

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from omegaconf import DictConfig, OmegaConf

from mmtg.config.plain import plain
from mmtg.config.typed import typed_sections
from mmtg.data.perturb import perturbation_from
from mmtg.errors import InputError
from mmtg.loading import config_of, module_of, prepared_for
from mmtg.logging.board import at_work, conclude
from mmtg.logging.make import make_loggers
from mmtg.logging.summary import print_summary
from mmtg.measures import test_measures, test_relevance
from mmtg.models.build import load_system
from mmtg.models.keyword_clip import GIVEN_ANEW
from mmtg.rank import is_first
from mmtg.running import Run, complete_run, make_trainer, test_system

OF_THE_RUN = ("name", "data", "encoder", "model", "curriculum", "pretrain", "layout", "budget")
"""Sections that a test takes from the run whose checkpoint it is."""

IF_THERE = ("form", "keywords", "mapping")
"""The same, of runs that are new enough to have them."""


def test_checkpoint(config: DictConfig) -> dict[str, float]:
    """Tests ``task.checkpoint`` on its own run's data and completes a run directory of its own.

    Args:
        config: the whole configuration; the sections of ``OF_THE_RUN`` are those of the checkpoint's run.

    Returns:
        The figures.

    Raises:
        InputError: a mistake in configuration, checkpoint or data.
    """
    changed = typed_sections(config, GIVEN_ANEW)
    return complete_run(as_in_run(config, Path(config.task.checkpoint)), partial(_test, changed=changed))


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
    directory = checkpoint.parent.parent
    own = config_of(directory)
    if missing := [section for section in OF_THE_RUN if section not in own]:
        raise InputError(f"lacks {', '.join(missing)}", file=directory / "config.yaml")
    sections = (*OF_THE_RUN, *(section for section in IF_THERE if section in own))
    merged: dict[str, Any] = OmegaConf.to_container(config)  # type: ignore[assignment]
    return OmegaConf.create({**merged, **{section: own[section] for section in sections}})


def _test(config: DictConfig, run: Run, *, changed: Mapping[str, Any]) -> dict[str, float]:
    system = load_system(Path(config.task.checkpoint), decoding=plain(config.decoding), model=changed)
    system.perturbation = perturbation_from(plain(config.perturb), system.layout.steps)
    prepared = prepared_for(config, system)
    module = module_of(config, prepared, system)
    system.ranking = prepared.ranking
    system.measures = test_measures(config, prepared, module)
    system.relevance = test_relevance(config, prepared, module)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    loggers = make_loggers(config, run.directory, done=None)
    with at_work(loggers):
        trainer = make_trainer(config, run, loggers, epochs=system.schedule.epochs, seed=config.seed)
        started = time.perf_counter()
        figures = test_system(trainer, system, module, run.directory, checkpoint=None)
        figures["time/test_seconds"] = time.perf_counter() - started
        if is_first():
            print_summary(run.directory.path, figures, system.samples)
        return conclude(trainer, figures)
