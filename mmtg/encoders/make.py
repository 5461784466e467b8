"""Encoders from configurations: trained now if they are missing, or found beside a checkpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError
from mmtg.files import write_json
from mmtg.instantiate import build

FORMAT = 1
"""Raise it when training makes another encoder from the same settings."""

FIGURES = "figures.json"
WORLD = "mmtg.encoders.world.WorldEncoder"
PRECOMPUTED = "mmtg.encoders.precomputed.PrecomputedEncoder"


def make_encoder(config: DictConfig, artefacts: Artefacts) -> Encoder:
    """The configured encoder; the world's own is trained now if it is missing.

    Raises:
        InputError: the encoder cannot be had.
    """
    if config.encoder._target_ != WORLD:
        encoder: Encoder = build(config.encoder)
        return encoder
    from mmtg.encoders.world import WorldEncoder

    return WorldEncoder.load(_trained(config, artefacts))


def _trained(config: DictConfig, artefacts: Artefacts) -> Path:
    """The artefact of the world's encoder."""
    from mmtg.encoders.world import retrieval_recall, train_world_encoder
    from mmtg.world import World

    drawn = world_settings(config)
    settings = {name: value for name, value in plain(config.encoder).items() if name != "_target_"}
    tested = settings.pop("test_pictures")

    def make(folder: Path) -> None:
        world = World(**drawn)
        encoder = train_world_encoder(world, **settings)
        encoder.save(folder / "encoder")
        recall = retrieval_recall(encoder, world, pictures=tested, seed=settings["seed"] + 1)
        write_json(folder / FIGURES, {"encoder/recall_at_1": recall})

    key = {"format": FORMAT, "world": drawn, "encoder": settings}
    return artefacts.ensure("encoder", key, make) / "encoder"


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

    Raises:
        InputError: the encoder cannot be had.
    """
    if described is None and config.encoder._target_ in (WORLD, PRECOMPUTED):
        raise InputError(
            "was trained on vectors that its data brought; name the encoder that made them, as encoder=clip "
            "encoder.checkpoint=...",
            file=checkpoint,
        )
    if described is None or described["_target_"] != WORLD:
        encoder: Encoder = build(described or config.encoder)
        return encoder
    from mmtg.encoders.world import WorldEncoder

    return WorldEncoder.load(checkpoint.parent.parent / "encoder")
