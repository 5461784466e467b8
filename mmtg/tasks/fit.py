"""Train, then test: a complete run."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from pytorch_lightning.loggers import WandbLogger

from mmtg.config.plain import plain
from mmtg.data.module import PoemDataset
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.logging.csv import LongCSVLogger
from mmtg.logging.progress import quiet_lightning, track
from mmtg.logging.summary import print_summary
from mmtg.logging.wandb import log_samples, wandb_logger
from mmtg.metrics.unigram import unigram_perplexity
from mmtg.models.build import build_system, optimizer_from, schedule_from
from mmtg.models.system import System
from mmtg.phases import (
    FIGURES,
    decoder_system,
    describe,
    keep_decoder,
    listen,
    load_decoder,
    pretrained_decoder,
)
from mmtg.precision import resolve_precision
from mmtg.prepare import Prepared, experience_module, prepare, table_tensor
from mmtg.rank import is_first
from mmtg.rundir import RunDirectory


def fit(config: DictConfig) -> None:
    """Trains the configured system, tests its best checkpoint and completes the run directory.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in configuration or data.
    """
    refuse_contradictions(config)
    directory = RunDirectory(Path(HydraConfig.get().runtime.output_dir))
    first = is_first()
    if first:
        directory.start(plain(config), list(HydraConfig.get().overrides.task), config.seed)
    try:
        figures = _fit(config, directory, first)
    except BaseException as error:
        if first:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            directory.status("preempted" if stopped else "failed", error=f"{type(error).__name__}: {error}")
        raise
    if first:
        directory.metrics(figures)
        directory.status("completed")


def refuse_contradictions(config: DictConfig) -> None:
    """Refuses settings that would train something else than they say.

    Args:
        config: the whole configuration.

    Raises:
        InputError: naming both settings.
    """
    hydra = HydraConfig.get()
    basic = "BasicLauncher" in str(hydra.launcher._target_)
    if hydra.mode == RunMode.MULTIRUN and basic and config.trainer.strategy.startswith("ddp"):
        raise InputError(
            f"trainer.strategy={config.trainer.strategy} and a multirun (-m) on the basic launcher do not go together: "
            "each process would start the multirun anew; run the jobs one by one",
            field="trainer.strategy",
        )


def _fit(config: DictConfig, directory: RunDirectory, first: bool) -> dict[str, float]:
    started = time.perf_counter()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    quiet_lightning()
    if config.threads:
        torch.set_num_threads(config.threads)
    poems_only = config.model._target_.endswith("DecoderSystem")
    prepared = prepare(config, experiences=not poems_only)
    checkpoint = resume_from(config.resume, directory)
    if poems_only:
        system, module, figures = _phase_one(config, prepared)
    else:
        system, module, figures = _system(config, prepared, resumed=checkpoint is not None)
    figures |= prepared.figures
    prepared_at = time.perf_counter()
    loggers = _loggers(config, directory, fresh=checkpoint is None)
    try:
        trainer = _trainer(config, directory, loggers, system, _validation(config) if poems_only else {})
        if first:
            _keep_encoder(prepared, directory)
            known = {"data": prepared.identity, "artefacts": prepared.artefacts.used, "precision": trainer.precision}
            directory.provenance({**known, "parameters": _parameters(system)})
        seed = config.pretrain.seed if poems_only else config.seed
        pl.seed_everything(seed, workers=True, verbose=False)
        trainer.fit(system, datamodule=module, ckpt_path=checkpoint, weights_only=True)
        figures |= _numbers(trainer.callback_metrics)
        fitted_at = time.perf_counter()
        if poems_only and first and trainer.global_step == config.pretrain.steps:
            keep_decoder(config, prepared, system, figures)
        best = _checkpoints(trainer, directory)
        if config.test:
            trainer.test(system, datamodule=module, ckpt_path=str(best), weights_only=True, verbose=False)
            figures |= _numbers(trainer.callback_metrics)
            if first:
                directory.samples(system.samples)
                for logger in loggers:
                    if isinstance(logger, WandbLogger):
                        log_samples(logger, system.samples)
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
        _finish(loggers)


def _system(config: DictConfig, prepared: Prepared, *, resumed: bool) -> tuple[System, Any, dict[str, float]]:
    """A system that learns from experiences, its decoder pre-trained."""
    curriculum = plain(config.curriculum)
    curriculum["epochs"] = config.trainer.max_epochs or curriculum["epochs"]
    module = experience_module(prepared, schedule_from(curriculum), config)
    steps = module.steps(curriculum["epochs"])
    optimizer = optimizer_from(plain(config.optimizer), steps, config.trainer.max_steps)
    described = describe(config, prepared, model=plain(config.model), optimizer=optimizer, curriculum=curriculum)
    decoder = pretrained_decoder(config, prepared)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    system = build_system(described, table_tensor(prepared))
    figures: dict[str, float] = {}
    if decoder is not None:
        load_decoder(system.decoder, decoder)
        learned = json.loads((decoder / FIGURES).read_text(encoding="utf-8"))
        figures = {f"decoder/{name}": value for name, value in learned.items()}
    if not resumed:
        figures |= listen(config, system, module)
    return system, module, figures


def _phase_one(config: DictConfig, prepared: Prepared) -> tuple[System, Any, dict[str, float]]:
    """The decoder alone on poems, beside the perplexity of the unigram model."""
    pl.seed_everything(config.pretrain.seed, verbose=False)
    system, module = decoder_system(config, prepared)
    train, val = (_line_tokens(module.sets[name], f"unigram model: {name}") for name in ("train", "val"))
    unigram = unigram_perplexity(train, val, len(prepared.vocabulary))
    return system, module, {"val/perplexity_unigram": unigram}


def _line_tokens(poems: PoemDataset, title: str) -> Iterator[list[int]]:
    """The tokens of each text that ``val/perplexity`` counts."""
    for poem in track(poems.poems, title, total=len(poems)):
        text = poems.layout.encode_lines(poem.lines)
        yield text.ids[text.types > 0].tolist()


def resume_from(word: str, directory: RunDirectory) -> str | None:
    """The checkpoint to go on from: ``auto``, ``never``, or a path.

    Args:
        word: the configured word.
        directory: of the run.

    Returns:
        The checkpoint's path; None to start anew.

    Raises:
        InputError: the path is no file.
    """
    last = directory.checkpoints / "last.ckpt"
    if word == "auto":
        return str(last) if last.is_file() else None
    if word == "never":
        return None
    if not Path(word).is_file():
        raise InputError("no such checkpoint; choose auto, never or a file", file=word, field="resume")
    return word


def _loggers(config: DictConfig, directory: RunDirectory, *, fresh: bool) -> list[Any]:
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


def _trainer(
    config: DictConfig, directory: RunDirectory, loggers: list[Any], system: System, validation: dict[str, Any]
) -> pl.Trainer:
    callbacks = [
        build(node, **({"dirpath": str(directory.checkpoints)} if name == "checkpoint" else {}))
        for name, node in config.callbacks.items()
    ]
    epochs = config.trainer.max_epochs or system.schedule.epochs
    trainer: pl.Trainer = build(
        config.trainer,
        max_epochs=epochs,
        precision=resolve_precision(config.trainer.precision, config.trainer.accelerator),
        **validation,
        callbacks=callbacks,
        logger=loggers,
        default_root_dir=str(directory.path),
        use_distributed_sampler=False,
        reload_dataloaders_every_n_epochs=1,
    )
    return trainer


def _validation(config: DictConfig) -> dict[str, Any]:
    """When phase 1 validates: evenly over its steps, since it may end within an epoch."""
    interval = max(1, config.pretrain.steps // config.pretrain.validations)
    return {"check_val_every_n_epoch": None, "val_check_interval": interval}


def _checkpoints(trainer: pl.Trainer, directory: RunDirectory) -> Path:
    """Sees to it that both checkpoints are there, also when training ended before the first validation."""
    last, best = directory.checkpoints / "last.ckpt", directory.checkpoints / "best.ckpt"
    for path in (last, best):
        if not path.is_file():
            trainer.save_checkpoint(path)
    return best


def _keep_encoder(prepared: Prepared, directory: RunDirectory) -> None:
    """Puts an encoder that was trained here beside the checkpoints, which are of no use without it."""
    target = directory.path / "encoder"
    if hasattr(prepared.encoder, "save") and not target.exists():
        prepared.encoder.save(target)  # type: ignore[union-attr]


def _finish(loggers: list[Any]) -> None:
    """Ends the W&B run, so that the next job of a sweep starts its own."""
    for logger in loggers:
        if isinstance(logger, WandbLogger) and is_first():
            import wandb

            wandb.finish()


def _numbers(metrics: Any) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _parameters(system: System) -> int:
    return sum(parameter.numel() for parameter in system.parameters())
