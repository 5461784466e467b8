"""Train, then test: a complete run."""

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from omegaconf import DictConfig

from mmtg.checkpoints import clear, figures_kept, newest_whole, steps_of
from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.data.module import PoemDataset
from mmtg.data.perturb import perturbation_from
from mmtg.data.posts.dataset import PostDataset
from mmtg.data.prompt_layout import PromptLayout
from mmtg.errors import InputError
from mmtg.logging.progress import track
from mmtg.logging.summary import print_summary
from mmtg.measures import test_measures, test_relevance
from mmtg.metrics.unigram import unigram_perplexity
from mmtg.models.build import build_system, optimizer_from
from mmtg.models.system import System
from mmtg.models.weights import fingerprint_of_file, load_weights, weights_file
from mmtg.phases import (
    FIGURES,
    decoder_system,
    describe,
    held_out_perplexity,
    keep_decoder,
    listen,
    load_decoder,
    pretrained_decoder,
    system_model,
)
from mmtg.preemption import requeued
from mmtg.prepare import Prepared, experience_module, give_codebook, poems_only, prepare, table_tensor
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory
from mmtg.running import Run, complete_run, finish, make_loggers, make_trainer, numbers, test_system

TESTED = ("last", "best")
"""Checkpoints of a run."""


def fit(config: DictConfig) -> dict[str, float]:
    """Trains the configured system, tests one of its checkpoints and completes the run directory.

    Args:
        config: the whole configuration.

    Returns:
        The final figures.

    Raises:
        InputError: a mistake in configuration or data.
    """
    if config.tested not in TESTED:
        raise InputError(f"'{config.tested}' is unknown; choose {' or '.join(TESTED)}", field="tested")
    return complete_run(config, _fit)


def _fit(config: DictConfig, run: Run) -> dict[str, float]:
    started, first, directory = time.perf_counter(), is_first(), run.directory
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    phase_one = poems_only(config)
    weights = weights_file(config.model.get("weights"))
    checkpoint = resume_from(config.resume, directory)
    prepared = prepare(config, experiences=not phase_one)
    if phase_one:
        system, module, figures = _phase_one(config, prepared)
        if weights and not checkpoint:
            load_weights(system, weights)
    else:
        system, module, figures = _system(config, prepared, weights, resumed=checkpoint is not None)
    if config.test:
        system.measures = test_measures(config, prepared, module)
        system.relevance = test_relevance(config, prepared, module)
    figures |= prepared.figures
    prepared_at = time.perf_counter()
    loggers = make_loggers(config, directory, done=steps_of(checkpoint) if checkpoint else None)
    try:
        epochs = config.trainer.max_epochs or system.schedule.epochs
        validation = _validation(config) if phase_one else {}
        seed = config.pretrain.seed if phase_one else config.seed
        trainer = make_trainer(config, run, loggers, epochs=epochs, seed=seed, **validation)
        if first:
            _keep_encoder(prepared, directory)
            known: dict[str, Any] = {
                "data": prepared.identity,
                "artefacts": prepared.artefacts.used,
                "precision": trainer.precision,
            }
            if weights:
                known["weights"] = fingerprint_of_file(weights)
            directory.provenance({**known, "parameters": _parameters(system)})
        figures_kept(trainer).update(figures)
        pl.seed_everything(seed, workers=True, verbose=False)
        trainer.fit(system, datamodule=module, ckpt_path=checkpoint, weights_only=True)
        figures |= {**figures_kept(trainer), **numbers(trainer.callback_metrics)}
        fitted_at = time.perf_counter()
        if phase_one and first and not weights and trainer.global_step == config.pretrain.steps:
            keep_decoder(config, prepared, system, figures)
        kept = kept_checkpoints(trainer, directory)
        if config.test:
            figures |= test_system(trainer, system, module, directory, checkpoint=str(kept[config.tested]))
        figures |= {
            "time/prepare_seconds": prepared_at - started,
            "time/fit_seconds": fitted_at - prepared_at,
            "time/test_seconds": time.perf_counter() - fitted_at,
            "parameters": float(_parameters(system)),
        }
        if first:
            print_summary(directory.path, figures, system.samples)
        return figures
    finally:
        finish(loggers)


def _system(
    config: DictConfig, prepared: Prepared, weights: Path | None, *, resumed: bool
) -> tuple[System, Any, dict[str, float]]:
    """A system that learns from experiences, its decoder pre-trained; given weights take the place of phase 1."""
    curriculum = plain(config.curriculum)
    curriculum["epochs"] = config.trainer.max_epochs or curriculum["epochs"]
    schedule = schedule_from(curriculum)
    module = experience_module(prepared, schedule, config)
    accumulated = config.trainer.accumulate_grad_batches
    optimizer = optimizer_from(
        plain(config.optimizer),
        [math.ceil(batches / accumulated) for batches in module.steps(schedule.epochs)],
        config.trainer.max_steps,
        epochs=schedule.learning_rate_epochs,
    )
    described = describe(
        config, prepared, model=system_model(config, prepared), optimizer=optimizer, curriculum=curriculum
    )
    pl.seed_everything(config.seed, workers=True, verbose=False)
    system = build_system(described, table_tensor(prepared), keyword_vectors=prepared.keyword_vectors)
    system.ranking = prepared.ranking
    system.perturbation = perturbation_from(plain(config.perturb), prepared.layout.steps)
    figures = {} if weights else give_codebook(config, prepared, system, module)
    if system.decoder is not None and not weights and (decoder := pretrained_decoder(config, prepared)):
        load_decoder(system.decoder, decoder)
        learned = json.loads((decoder / FIGURES).read_text(encoding="utf-8"))
        figures |= {f"decoder/{name}": value for name, value in learned.items()}
    if not resumed:
        pl.seed_everything(config.seed, workers=True, verbose=False)
        whole = weights is not None and load_weights(system, weights)
        figures |= {} if whole else listen(config, system, module)
    return system, module, figures


def _phase_one(config: DictConfig, prepared: Prepared) -> tuple[System, Any, dict[str, float]]:
    """The decoder alone on poems, beside the perplexity of the unigram model."""
    pl.seed_everything(config.pretrain.seed, verbose=False)
    system, module = decoder_system(config, prepared)
    train, val = (_line_tokens(module.sets[name], f"unigram model: {name}") for name in ("train", "val"))
    unigram = unigram_perplexity(train, val, len(prepared.vocabulary))
    figures = {"val/perplexity_unigram": unigram}
    if isinstance(prepared.layout, PromptLayout):
        figures["val/perplexity_untrained"] = held_out_perplexity(system, module)
    return system, module, figures


def _line_tokens(items: PoemDataset | PostDataset, title: str) -> Iterator[list[int]]:
    """The tokens of each text that ``val/perplexity`` counts."""
    if isinstance(items, PostDataset):
        posts = (items.posts[place] for place in range(len(items)))
        yield from (list(reply[1:-1]) for post in track(posts, title, total=len(items)) for reply in post.replies)
        return
    for poem in track(items.poems, title, total=len(items)):
        text = items.layout.encode_lines(poem.lines)
        yield text.ids[text.types > 0].tolist()


def resume_from(word: str, directory: RunDirectory) -> str | None:
    """The checkpoint to go on from: ``auto``, ``never``, or a path.

    A job that its scheduler has queued again goes on from its own checkpoint whatever the word: it speaks of the
    first start.

    Args:
        word: the configured word.
        directory: of the run.

    Returns:
        The checkpoint's path; None to start anew.

    Raises:
        InputError: the path is no file, or all checkpoints are torn.
    """
    if (word == "auto" or requeued()) and (own := newest_whole(directory.checkpoints)):
        return str(own)
    if word not in ("auto", "never"):
        if not Path(word).is_file():
            raise InputError("no such checkpoint; choose auto, never or a file", file=word, field="resume")
        return word
    if is_first():
        clear(directory.checkpoints)
    return None


def _validation(config: DictConfig) -> dict[str, Any]:
    """When phase 1 validates: evenly over its steps, since it may end within an epoch."""
    interval = max(1, config.pretrain.steps // config.pretrain.validations)
    return {"check_val_every_n_epoch": None, "val_check_interval": interval}


def kept_checkpoints(trainer: pl.Trainer, directory: RunDirectory) -> dict[str, Path]:
    """Sees to it that both checkpoints are there, also when training ended before the first validation."""
    kept = {name: directory.checkpoints / f"{name}.ckpt" for name in TESTED}
    for path in kept.values():
        if not path.is_file():
            trainer.save_checkpoint(path)
    return kept


def _keep_encoder(prepared: Prepared, directory: RunDirectory) -> None:
    """Puts an encoder that was trained here beside the checkpoints, which are of no use without it."""
    target = directory.path / "encoder"
    if hasattr(prepared.encoder, "save") and not target.exists():
        prepared.encoder.save(target)  # type: ignore[union-attr]


def _parameters(system: System) -> int:
    return sum(parameter.numel() for parameter in system.parameters())
