"""Released checkpoint files, both ways (MMTG reference, section 2.7)."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmtg.errors import InputError
from mmtg.models.plain_torch import read_torch
from mmtg.models.published import from_published, to_published, with_buffers, without_buffers


class StandIn:
    """Takes the place of a class that an old Lightning checkpoint names; does nothing."""


ALLOWED: dict[str, type] = {
    "argparse.Namespace": argparse.Namespace,  # of mmtg_ckpt.pth: ``args``; sets attributes and no more
    "pytorch_lightning.utilities.parsing.AttributeDict": dict,
    **dict.fromkeys(
        (
            "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",  # before 1.5 keys of ``callbacks``
            "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
            "pytorch_lightning.callbacks.lr_monitor.LearningRateMonitor",
            "pytorch_lightning.callbacks.timer.Timer",
        ),
        StandIn,
    ),
}
"""What a released file may ask for beside tensors, OrderedDict and plain data, and what it gets."""

MMTG, DECODER = "mmtg", "decoder"
OWNERS = {MMTG: "", DECODER: "decoder."}
"""What published names of a kind lack in front, compared with those of the whole model."""
SYSTEMS = {
    "mmtg.models.mmtg.MMTGSystem": MMTG,
    "mmtg.models.decoder_lm.DecoderSystem": DECODER,
    "mmtg.models.topic_gpt2.TopicGPT2System": DECODER,
}
"""Our systems that have a published form."""
_V4 = ("img_self_atten_layer.", "text_self_atten_layer.", "mm_atten_layer.topic_q", "mm_atten_layer.v.", "agg_layer.")
_KEY_OF_MODEL, _KEY_OF_LIGHTNING = "model", "state_dict"


@dataclass(frozen=True)
class Released:
    """What a released file holds."""

    file: Path
    kind: str  # MMTG or DECODER
    weights: dict[str, Tensor]  # under published names, without module. and mask buffers
    kl_weight: float | None  # ``args.alpha``, if the file tells it


def read_released(path: Path) -> Released:
    """A file of the published code: MMTG, the lyrics decoder, or either as a bare state dict.

    Args:
        path: such as ``mmtg_ckpt.pth`` or ``GPT2_lyrics_ckpt_epoch00.ckpt``.

    Returns:
        Its weights and what else is of use.

    Raises:
        InputError: the file is torn, asks for code, or holds another model.
    """
    content = read_torch(path, allowed=ALLOWED)
    if not isinstance(content, Mapping):
        raise InputError(f"holds a {type(content).__name__}, and no weights", file=path)
    keys = [key for key in (_KEY_OF_MODEL, _KEY_OF_LIGHTNING) if isinstance(content.get(key), Mapping)]
    weights = without_buffers(_tensors(content[keys[0]] if keys else content, path))
    kind = _kind(weights, path)
    if kind == DECODER:
        weights = {name.removeprefix(OWNERS[DECODER]): tensor for name, tensor in weights.items()}
    return Released(path, kind, weights, _alpha(content.get("args"), path))


def to_ours(weights: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """Published weights under the names in the checkpoints of our systems."""
    whole = from_published({OWNERS[kind] + name: tensor for name, tensor in weights.items()})
    return {f"model.{name}": tensor for name, tensor in whole.items()}


def to_theirs(weights: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """A system's state dict under published names, without ``module.``, mask buffers and the token table.

    Args:
        weights: the state dict.
        kind: MMTG or DECODER.

    Returns:
        The tensors that a published file of this kind has.

    Raises:
        InputError: the published model has no such weight.
    """
    ours = {name.removeprefix("model."): tensor for name, tensor in weights.items()}
    published = to_published({name: tensor for name, tensor in ours.items() if not name.endswith("token_table")})
    return {name.removeprefix(OWNERS[kind]): tensor for name, tensor in published.items()}


def released_content(
    weights: Mapping[str, Tensor], kind: str, described: Mapping[str, Any], *, prefix: str, buffers: bool
) -> dict[str, Any]:
    """What a file like the released one holds.

    Args:
        weights: of :func:`to_theirs`.
        kind: MMTG or DECODER.
        described: the ``hyper_parameters`` of our checkpoint.
        prefix: in front of MMTG's names; the released file has ``module.``, that of the decoder has none.
        buffers: whether GPT-2's mask buffers are added, as in the released files.

    Returns:
        For MMTG ``model``, ``args`` and ``model_cfgs``; for the decoder ``state_dict``.
    """
    whole = with_buffers(weights) if buffers else dict(weights)
    if kind == DECODER:
        return {_KEY_OF_LIGHTNING: whole}
    return {
        _KEY_OF_MODEL: {prefix + name: tensor for name, tensor in whole.items()},
        "args": argparse.Namespace(alpha=described["model"]["kl_weight"]),
        "model_cfgs": _model_cfgs(weights, described),
    }


def _model_cfgs(weights: Mapping[str, Tensor], described: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under the names that the published code (src/configs.py) gives them."""
    model = described["model"]
    hidden, width = weights["encoder.topic_fc.weight"].shape
    ends = {"input_dim": width, "hidden_dim": hidden}
    kind = "TRM" if model["encoder"] == "transformer" else model["encoder"].upper()
    heard = [source for source in ("image", "text") if any(f"_{source}." in name for name in weights)]
    return {
        "seq_len": described["layout"]["steps"],
        "topic": ends,
        **{source: {"type": kind, **ends, "num_layers": 1} for source in heard},
        "SELF_ATT": {"hidden_size": hidden, "attention_heads": model["size"]["attention_heads"]},
        "MM_ATT": {"attention_dim": 1},
        "dropout": model["dropout"],
    }


def _tensors(weights: Mapping[Any, Any], path: Path) -> dict[str, Tensor]:
    """Weights as plain tensors; refuses what is none."""
    found = {}
    for name, value in weights.items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or value.layout != torch.strided or value.is_meta:
            raise InputError("is not a tensor under a name", file=path, field=str(name))
        found[name] = value.detach()
    return found


def _kind(weights: Mapping[str, Tensor], path: Path) -> str:
    """Which published model the names belong to."""
    for name in weights:
        if name.startswith(_V4):
            raise InputError("is of the v4 development model, which the suite does not have", file=path, field=name)
        if name == "decoder.embeddings.weight":
            raise InputError("is of the baseline images2poem, which cannot be imported", file=path, field=name)
    if any(name.startswith("encoder.") for name in weights):
        return MMTG
    if any(name.removeprefix(OWNERS[DECODER]).startswith("projector_layer1.") for name in weights):
        return DECODER
    first = next(iter(weights), "no name at all")
    raise InputError(f"holds neither MMTG nor the lyrics decoder, but {first}", file=path)


def _alpha(args: Any, path: Path) -> float | None:
    """The KL weight of a training's arguments."""
    alpha = getattr(args, "alpha", None)
    if alpha is None:
        return None
    if not isinstance(alpha, int | float) or not 0 <= alpha <= sys.float_info.max:
        raise InputError("is no weight: not a number from 0 upward", file=path, field="args.alpha")
    return float(alpha)
