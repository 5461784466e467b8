"""Encoders from configurations: trained now if they are missing, or found beside a checkpoint."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError
from mmtg.files import write_json
from mmtg.instantiate import build, find
from mmtg.logging.progress import stages_bar

FORMAT = 1
"""Raise it when training makes another encoder from the same settings."""

FIGURES = "figures.json"
WORLD = "mmtg.encoders.world.WorldEncoder"
IMG2POEM = "mmtg.encoders.img2poem.Img2PoemEncoder"
PRECOMPUTED = "mmtg.encoders.precomputed.PrecomputedEncoder"
SAVED = (WORLD, IMG2POEM)
"""Encoders that are trained here, and therefore kept in the directory of each run that uses them."""


def make_encoder(config: DictConfig, artefacts: Artefacts) -> tuple[Encoder, dict[str, float]]:
    """The configured encoder and its figures; the world's own, or img2poem's, is trained now if it is missing.

    Args:
        config: the whole configuration.
        artefacts: where encoders that are trained here are kept.

    Returns:
        The encoder, and its figures by their logged names.

    Raises:
        InputError: the encoder cannot be had.
    """
    if config.encoder._target_ == IMG2POEM:
        from mmtg.encoders.img2poem.alignment_stage import trained_encoder

        return trained_encoder(config, artefacts)
    if config.encoder._target_ != WORLD:
        return build(config.encoder), {}
    from mmtg.encoders.world import WorldEncoder

    trained = _trained(config, artefacts)
    figures = json.loads((trained / FIGURES).read_text(encoding="utf-8"))
    return WorldEncoder.load(trained / "encoder"), figures


def _trained(config: DictConfig, artefacts: Artefacts) -> Path:
    """The artefact of the world's encoder."""
    from mmtg.encoders.world import retrieval_recall, train_world_encoder
    from mmtg.world import World

    settings, drawn = training_settings(config)
    tested = settings.pop("test_pictures")
    key = {"format": FORMAT, "world": drawn, "encoder": {**settings, "training": asdict(settings["training"])}}

    def make(folder: Path) -> None:
        world = World(**drawn)
        with stages_bar("training the world's encoder") as progress:
            encoder = train_world_encoder(world, **settings, progress=progress)
        encoder.save(folder / "encoder")
        recall = retrieval_recall(encoder, world, pictures=tested, seed=settings["seed"] + 1)
        write_json(folder / FIGURES, {"encoder/recall_at_1": recall})

    return artefacts.ensure("encoder", key, make)


def training_settings(config: DictConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments of the training of the world's encoder, ``test_pictures`` among them, and those of its world."""
    from mmtg.encoders.world import Training

    settings = plain(config.encoder)
    del settings["_target_"]
    return {**settings, "training": Training(**settings["training"])}, world_settings(config)


def world_settings(config: DictConfig) -> dict[str, Any]:
    """Arguments of the world that the encoder is trained on: the data's, or the default world's for other data."""
    if "world" in config.data:
        return {**plain(config.data.world), "steps": config.data.steps, "lines_per_step": config.data.lines_per_step}
    return {}


def encoder_of_run(checkpoint: Path, described: Mapping[str, Any] | None, config: DictConfig) -> Encoder:
    """The encoder that a checkpoint was trained with.

    Args:
        checkpoint: ``RUN/checkpoints/NAME.ckpt``.
        described: the section ``encoder`` of its ``hyper_parameters``; None if its data brought their vectors.
        config: the present configuration, whose encoder serves in that last case.

    Returns:
        The encoder.

    Raises:
        InputError: the encoder cannot be had.
    """
    if described is None and config.encoder._target_ in (WORLD, PRECOMPUTED):
        raise InputError(
            "was trained on vectors that its data brought; name the encoder that made them, as encoder=clip "
            "encoder.checkpoint=...",
            file=checkpoint,
        )
    if described is None and config.encoder._target_ == IMG2POEM:
        return make_encoder(config, Artefacts(Path(config.paths.artefacts)))[0]
    if described is None or described["_target_"] not in SAVED:
        encoder: Encoder = build(described or config.encoder)
        return encoder
    saved: Encoder = find(described).load(checkpoint.parent.parent / "encoder")
    return saved
