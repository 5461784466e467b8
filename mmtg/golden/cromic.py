"""The published CroMIC-CMT: names of its weights and ours, and the two recipes by which golden weights are drawn.

The recipes are those of ``golden/cromic`` (its ``forward.json`` has a ``draw_prefix``) and ``golden/cromic_heads``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.encoders.resnet_names import transformers_name
from mmtg.errors import InputError

SCALE = 0.02
LOUDER = 50  # first recipe: factor of token embeddings and convolutions
ATTENTION_FACTOR = 2  # second recipe
POSITIONS = "positional_encoding.pe"
PARALLEL = "module."
"""What DistributedDataParallel puts before each name."""

_FIXED = {
    "image_encoder.conv2d": "pictures.project",
    "image_encoder.batch_norm": "pictures.norm",
    "token_embed.embedding": "tokens",
    "token_type_embed": "types",
    "generator": "output",
}
_ATTENTIONS = {"self_attn": "attention", "multihead_attn": "cross_attention"}
_PROJECTIONS = {"in_proj_": "project_in.", "out_proj.": "project_out."}
_LINEAR = {"1": "feedforward.0", "2": "feedforward.3"}
_TRUNK = re.compile(r"image_encoder\.backbone\.(\d+)\.(.+)")
_ATTENTION = re.compile(r"((?:en|de)coder)\.layers\.(\d+)\.(self_attn|multihead_attn)\.(in_proj_|out_proj\.)(\w+)")
_LINEARS = re.compile(r"((?:en|de)coder)\.layers\.(\d+)\.linear([12])\.(\w+)")
_NORMS = re.compile(r"((?:en|de)coder)\.layers\.(\d+)\.norm([123])\.(\w+)")
_HEAD = re.compile(r"vqa_classifier\.([013])\.(\w+)")
_STEM = {"0": "conv1", "1": "bn1"}


def our_name(published: str) -> str | None:
    """The name in :class:`mmtg.models.cromic.CroMIC` of a published weight.

    Args:
        published: as in the published state dict, perhaps with ``module.`` before it.

    Returns:
        The name; None for the fixed positions, which we do not store.

    Raises:
        InputError: the published network has no such weight.
    """
    name = published.removeprefix(PARALLEL)
    if name == POSITIONS:
        return None
    if found := _of_trunk(name) or _of_layer(name):
        return found
    module, _, kind = name.rpartition(".")
    if module in _FIXED:
        return f"{_FIXED[module]}.{kind}"
    if name.rpartition(".")[0] in ("encoder.norm", "decoder.norm"):
        return name
    raise InputError("is no weight of CroMIC-CMT", record=published)


def _of_trunk(name: str) -> str | None:
    if not (found := _TRUNK.fullmatch(name)):
        return None
    part = _STEM.get(found[1]) or f"layer{int(found[1]) - 3}"
    own = transformers_name(f"{part}.{found[2]}")
    return own and f"pictures.trunk.model.{own}"


def _of_layer(name: str) -> str | None:
    if found := _ATTENTION.fullmatch(name):
        return f"{found[1]}.blocks.{found[2]}.{_ATTENTIONS[found[3]]}.{_PROJECTIONS[found[4]]}{found[5]}"
    if found := _LINEARS.fullmatch(name):
        return f"{found[1]}.blocks.{found[2]}.{_LINEAR[found[3]]}.{found[4]}"
    if found := _NORMS.fullmatch(name):
        return f"{found[1]}.blocks.{found[2]}.norms.{int(found[3]) - 1}.{found[4]}"
    if found := _HEAD.fullmatch(name):
        return f"answer_head.{found[1]}.{found[2]}"
    return None


def golden_weights(described: Mapping[str, Any], shapes: Mapping[str, list[int]]) -> dict[str, Tensor]:
    """The weights that golden numbers were computed with.

    Args:
        described: the folder's ``forward.json``.
        shapes: by published name.

    Returns:
        Weights by our names.
    """
    second = "draw_prefix" not in described
    prefix = described.get("draw_prefix", "")
    drawn = {}
    for name, shape in shapes.items():
        if own := our_name(name):
            seed = zlib.crc32((prefix + name).encode())
            values = np.random.RandomState(seed).standard_normal(int(np.prod(shape))).astype(np.float32)
            values = values.reshape(shape)
            drawn[own] = torch.from_numpy(_second(name, values) if second else _first(name, values))
    return drawn


def _first(name: str, values: np.ndarray) -> np.ndarray:
    if name.startswith("token_embed"):
        return values * np.float32(SCALE * LOUDER)
    if values.ndim == 4:
        return values * np.float32(SCALE * LOUDER * np.sqrt(2 / np.prod(values.shape[1:])))
    return _of_norm(name, values * np.float32(SCALE))


def _second(name: str, values: np.ndarray) -> np.ndarray:
    if values.ndim == 4:
        return values / np.float32(np.sqrt(np.prod(values.shape[1:])))
    values = values * np.float32(SCALE)
    if name.endswith("in_proj_weight"):
        return values * np.float32(ATTENTION_FACTOR)
    if name.startswith("token_embed"):
        values[0] = 0
    return _of_norm(name, values)


def _of_norm(name: str, values: np.ndarray) -> np.ndarray:
    """Scales and variances about 1."""
    if name.endswith("running_var"):
        return 1 + np.abs(values)
    return 1 + values if values.ndim == 1 and name.endswith("weight") else values
