"""Systems from configurations and from checkpoints."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmtg.curriculum import schedule_from
from mmtg.data.layouts import layout_from_plain
from mmtg.data.vocabulary import vocabulary_from_plain
from mmtg.decoding.settings import DecodingSettings
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.models.plain_torch import read_torch
from mmtg.models.system import OptimizerSettings, Parts, System

FORMAT = 2
"""Of what a checkpoint's ``hyper_parameters`` hold."""


def optimizer_from(
    settings: Mapping[str, Any], steps: list[int], max_steps: int, *, epochs: int | None = None
) -> OptimizerSettings:
    """The optimizer of a ``conf/optimizer`` section.

    Args:
        settings: the section.
        steps: training steps in each epoch.
        max_steps: limit over all epochs; -1 for none.
        epochs: over which the learning rate is warmed up and decays to 0; None for all.

    Returns:
        The settings, with numbers of steps.

    Raises:
        InputError: unknown ``warmup_of``.
    """
    total = sum(steps[:epochs])
    total = total if max_steps < 0 else min(max_steps, total)
    bases = {"total": total, "first_stage_epoch": steps[0]}
    fields = dict(settings)
    share, of = fields.pop("warmup_share"), fields.pop("warmup_of")
    if of not in bases:
        raise InputError(f"'{of}' is unknown; choose {' or '.join(bases)}", field="optimizer.warmup_of")
    fields["betas"] = tuple(fields["betas"])
    return OptimizerSettings(**fields, warmup_steps=min(math.floor(share * bases[of]), total), total_steps=total)


def build_system(described: Mapping[str, Any], token_table: Tensor, *, keyword_vectors: Tensor | None = None) -> System:
    """The system of plain data: ``model, layout, vocabulary, vector_width, curriculum, optimizer, decoding``.

    Args:
        described: what :func:`describe` gives, or a checkpoint's ``hyper_parameters``.
        token_table: [V, W].
        keyword_vectors: [K, W], for systems that name pictures from a closed set.

    Returns:
        The system, its weights as initialised.
    """
    optimizer = dict(described["optimizer"])
    optimizer["betas"] = tuple(optimizer["betas"])
    parts = Parts(
        layout=layout_from_plain(described["layout"], vocabulary_from_plain(described["vocabulary"])),
        token_table=token_table,
        schedule=schedule_from(described["curriculum"]),
        optimizer=OptimizerSettings(**optimizer),
        decoding=DecodingSettings(**described["decoding"]),
        keyword_vectors=keyword_vectors,
        vector_width=described.get("vector_width", token_table.shape[1]),  # earlier checkpoints do not tell
    )
    system: System = build(described["model"], parts=parts, plain=dict(described))
    return system


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's content, as plain data and tensors alone.

    Args:
        path: the file.

    Returns:
        The checkpoint's sections.

    Raises:
        InputError: no such file, torn, not of this suite, or holding anything else.
    """
    content = read_torch(path)
    described = content.get("hyper_parameters") if isinstance(content, dict) else None
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise InputError(
            f"is no checkpoint of this suite in format {FORMAT}; task=import makes one of a released file", file=path
        )
    return content


def load_system(
    path: Path, *, decoding: Mapping[str, Any] | None = None, model: Mapping[str, Mapping[str, Any]] | None = None
) -> System:
    """The system of a checkpoint, in evaluation mode.

    Args:
        path: the checkpoint.
        decoding: replaces the decoding settings it was tested with.
        model: by argument of the system that is a section, what to change in it; a system without such an argument,
            or such keys in it, is as it was.

    Returns:
        The system.

    Raises:
        InputError: the file is not a checkpoint of this suite, or was imported without its tokens.
    """
    content = read_checkpoint(path)
    described = dict(content["hyper_parameters"])
    if described["vocabulary"] is None:
        raise InputError(
            "holds weights alone; to write with it, import it again with task.token_table=FOLDER task.vocabulary=FILE",
            file=path,
        )
    described["model"] = _without_pretrained(described["model"])
    for name, changes in (model or {}).items():
        if name in described["model"]:
            own = described["model"][name]
            described["model"][name] = {**own, **{key: value for key, value in changes.items() if key in own}}
    if decoding is not None:
        described["decoding"] = dict(decoding)
    weights = content["state_dict"]
    tables = [value for name, value in weights.items() if name.endswith("token_table")]
    table = tables[0] if tables else torch.zeros(0, 0)  # systems with a word embedding of their own have none
    system = build_system(described, torch.zeros_like(table))
    system.load_state_dict(weights)
    return system.eval()


def _without_pretrained(model: Mapping[str, Any]) -> dict[str, Any]:
    """The section ``model`` of a system whose weights are in its checkpoint."""
    return {**model, "pretrained": None} if "pretrained" in model else dict(model)
