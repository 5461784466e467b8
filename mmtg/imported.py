"""From a released file and the configuration to the description of a system that its weights fit."""

from collections.abc import Mapping
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from mmtg.config.plain import plain
from mmtg.data.vocabulary import Vocabulary, character_vocabulary
from mmtg.errors import InputError
from mmtg.models.build import build_system, optimizer_from
from mmtg.models.released import DECODER, Released, to_theirs
from mmtg.models.variant import Variant
from mmtg.phases import describe_training, poem_curriculum, system_model


def describe_released(
    config: DictConfig, released: Released, variant: Variant, vocabulary: Vocabulary | None
) -> dict[str, Any]:
    """The ``hyper_parameters`` of the checkpoint: what the file tells, and else what the configuration does.

    Args:
        config: the whole configuration.
        released: the file's content.
        variant: what its weights tell.
        vocabulary: None if not known.

    Returns:
        Plain data, as :func:`mmtg.phases.describe` gives.

    Raises:
        InputError: the configuration contradicts the file.
    """
    sizes = {name: config.data[name] for name in ("steps", "lines_per_step")}
    layout = {"kind": config.layout, **sizes, **plain(config.data.layout)}
    if variant.steps not in (None, layout["steps"]):
        raise InputError(f"has {variant.steps} steps, but data.steps is {layout['steps']}", file=released.file)
    curriculum = poem_curriculum(1) if released.kind == DECODER else plain(config.curriculum)
    optimizer = optimizer_from(plain(config.optimizer), [0], -1)  # it has no steps to take
    return {
        **describe_training(config, optimizer=optimizer, curriculum=curriculum),
        "model": _model(config, released, variant),
        "layout": layout,
        "vocabulary": vocabulary.to_plain() if vocabulary else None,
        "encoder": None,  # the vectors were made elsewhere
    }


def _model(config: DictConfig, released: Released, variant: Variant) -> dict[str, Any]:
    """The section ``model``."""
    size = {**plain(config.model.size), **variant.size}
    if released.kind == DECODER:
        decoder = {"_target_": "mmtg.models.decoder_lm.DecoderSystem", "name": "decoder"}
        return {**decoder, "size": size, "dropout": config.model.dropout, "pretrained": None}
    if not config.model._target_.endswith("MMTGSystem"):
        raise InputError("holds MMTG; say model=mmtg", file=released.file, field="model")
    told = {} if released.kl_weight is None else {"kl_weight": released.kl_weight}
    return {**system_model(config), "size": size, "pretrained": None, **variant.switches, **told}


def wanted_weights(described: Mapping[str, Any], kind: str, *, tokens: int, width: int) -> dict[str, Tensor]:
    """The weights that a file of this description must hold.

    Args:
        described: of :func:`describe_released`.
        kind: MMTG or DECODER.
        tokens: V, rows of the token table; 0 without one.
        width: W.

    Returns:
        Published names to tensors without values.

    Raises:
        InputError: no system can be built so, such as one whose heads do not divide its width.
    """
    whole = dict(described)
    if whole["vocabulary"] is None:  # any will do: no weight depends on it, or on the room for lines
        whole["vocabulary"] = character_vocabulary([]).to_plain()
        whole["layout"] = {**whole["layout"], "line_tokens": 1, "topic_tokens": 1}
    with torch.device("meta"):
        system = build_system(whole, torch.zeros(tokens, width))
    return to_theirs(system.state_dict(), kind)
