"""A released checkpoint to one of ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from omegaconf import DictConfig
from torch import Tensor

from mmtg.data.token_table import open_token_table
from mmtg.data.vocabulary import Vocabulary, read_vocabulary
from mmtg.errors import InputError
from mmtg.files import build_file, check_new_file
from mmtg.imported import describe_released, wanted_weights
from mmtg.models.released import Released, read_released, to_ours
from mmtg.models.variant import Variant, variant_of
from mmtg.models.weights import check_fit

TABLE = "model.decoder.token_table"


def import_released(config: DictConfig) -> None:
    """Writes the weights of ``task.input``, a file of the published code, to ``task.output``, a checkpoint of ours.

    Args:
        config: the whole configuration; it tells what the weights do not.

    Raises:
        InputError: a mistake in the file, in what goes with it, or the output is there already.
    """
    target = Path(config.task.output)
    check_new_file(target, overwrite=config.task.overwrite)
    released = read_released(Path(config.task.input))
    variant = variant_of(released)
    vocabulary, table = tokens(config, variant.width)
    described = describe_released(config, released, variant, vocabulary)
    wanted = wanted_weights(described, released.kind, tokens=0 if table is None else len(table), width=variant.width)
    check_fit(released.weights, wanted, file=released.file)
    _check_tied(released)
    weights = to_ours(released.weights, released.kind)
    content = {
        "state_dict": weights if table is None else {**weights, TABLE: table},
        "hyper_parameters": described,
        "pytorch-lightning_version": pl.__version__,
        "epoch": 0,
        "global_step": 0,
    }
    with build_file(target) as beside:
        torch.save(content, beside)
    print(f"{target}: {_summary(described, variant)}")


def tokens(config: DictConfig, width: int) -> tuple[Vocabulary | None, Tensor | None]:
    """The vocabulary and the token table [V, W] that go with the weights, if both are named.

    Args:
        config: the whole configuration.
        width: W.

    Returns:
        Both, or None twice.

    Raises:
        InputError: one is named without the other, or they do not fit together.
    """
    named = {name: config.task[name] for name in ("token_table", "vocabulary")}
    if not any(named.values()):
        return None, None
    for name, value in named.items():
        if not value:
            raise InputError("must be given too: tokens are of use with their vectors alone", field=f"task.{name}")
    spaces = config.data.keep_spaces
    vocabulary = read_vocabulary(Path(named["vocabulary"]), keep_spaces=spaces, field="task.vocabulary")
    table = open_token_table(named["token_table"])
    if table.shape != (len(vocabulary), width):
        raise InputError(
            f"is {table.shape[0]} x {table.shape[1]}, but task.vocabulary has {len(vocabulary)} tokens and the weights "
            f"are for vectors {width} wide",
            file=named["token_table"],
            field="task.token_table",
        )
    return vocabulary, torch.from_numpy(np.array(table))


def _check_tied(released: Released) -> None:
    """GPT-2's output layer is its word embedding, here as in the published code."""
    output, words = (
        next(name for name in released.weights if name.endswith(end)) for end in ("lm_head.weight", "wte.weight")
    )
    if not torch.equal(released.weights[output], released.weights[words]):
        raise InputError(f"differs from {words}, to which it is tied", file=released.file, field=output)


def _summary(described: Mapping[str, Any], variant: Variant) -> str:
    told = {"layers": variant.size["decoder_layers"], **variant.switches}
    known = "" if described["vocabulary"] else "; weights to start from, without token table and vocabulary"
    return f"{described['model']['name']}, " + ", ".join(f"{name} {value}" for name, value in told.items()) + known
