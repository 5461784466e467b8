"""Weights to start from: of a checkpoint of ours, imported or of an earlier run, into a system."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from mmtg.data.vocabulary import Vocabulary, vocabulary_from_plain
from mmtg.errors import InputError
from mmtg.models.build import read_checkpoint
from mmtg.models.system import System

_DECODERS = ("model.decoder.", "model.lm.", "model.generator.")
_TABLE = "token_table"
_NAMED = 3
"""How many misfits an error names."""


def weights_file(word: str | None) -> Path | None:
    """The checkpoint that ``model.weights`` names, if any.

    Args:
        word: the configured path.

    Returns:
        The path; None if there is none.

    Raises:
        InputError: it is no file.
    """
    if word is None:
        return None
    if not Path(word).is_file():
        raise InputError("no such checkpoint", file=word, field="model.weights")
    return Path(word)


def load_weights(system: System, path: Path) -> bool:
    """Puts a checkpoint's weights into a system; its token table stays its own.

    Args:
        system: is filled in place: its decoder, if the checkpoint is of a decoder alone, else all of it.
        path: a checkpoint of ours.

    Returns:
        Whether the checkpoint held more than a decoder.

    Raises:
        InputError: the file is no checkpoint of ours, its names or shapes do not fit, or its tokens are others.
    """
    content = read_checkpoint(path)
    weights = {name: tensor for name, tensor in content["state_dict"].items() if not name.endswith(_TABLE)}
    prefix = next((p for p in _DECODERS if all(name.startswith(p) for name in weights)), None)
    decoder_alone = prefix is not None
    module = system.decoder if decoder_alone else system
    if module is None:
        raise InputError(f"is of a decoder, which model={system.name} does not have", file=path, field="model.weights")
    if prefix is not None:
        weights = {name.removeprefix(prefix): tensor for name, tensor in weights.items()}
    _check_vocabulary(content["hyper_parameters"], system.layout.vocabulary, path)
    tables = {name: own for name, own in module.state_dict().items() if name.endswith(_TABLE)}
    put_weights(module, {**weights, **tables}, file=path)
    return not decoder_alone


def put_weights(module: nn.Module, weights: Mapping[str, Tensor], *, file: Path) -> None:
    """Puts weights into a module, each in its place.

    A module, or its ``model``, may say what not every task has: ``lacked`` are beginnings of names that weights may
    lack, which stay as they are; ``left`` are those that weights may have in vain.

    Args:
        module: is filled in place.
        weights: by name.
        file: for the message.

    Raises:
        InputError: anything else is missing, unknown or of another shape.
    """
    own = module.state_dict()
    lacked, left = (_beginnings(module, name) for name in ("lacked", "left"))
    given = {name: value for name, value in weights.items() if name in own or not name.startswith(left)}
    kept = {name: value for name, value in own.items() if name not in given and name.startswith(lacked)}
    check_fit({**given, **kept}, own, file=file)
    module.load_state_dict({**given, **kept})


def _beginnings(module: nn.Module, name: str) -> tuple[str, ...]:
    """What a module says under a name, or its ``model`` does."""
    own, inner = getattr(module, name, None), getattr(module, "model", None)
    if isinstance(own, tuple):
        return own
    return tuple(f"model.{part}" for part in _beginnings(inner, name)) if isinstance(inner, nn.Module) else ()


def check_fit(weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor], *, file: Path) -> None:
    """Compares names and shapes of weights with those that a model has.

    Args:
        weights: of the file.
        wanted: of the model.
        file: for the message.

    Raises:
        InputError: naming the first weights that are missing, unknown or shaped otherwise.
    """
    misfits = [
        *(f"lacks {name}" for name in wanted if name not in weights),
        *(f"has {name}, which the model does not" for name in weights if name not in wanted),
        *(
            f"has {name} shaped {list(weights[name].shape)}, where the model has {list(tensor.shape)}"
            for name, tensor in wanted.items()
            if name in weights and weights[name].shape != tensor.shape
        ),
    ]
    if misfits:
        more = f"; and {len(misfits) - _NAMED} more" if len(misfits) > _NAMED else ""
        raise InputError("; ".join(misfits[:_NAMED]) + more, file=file)


def fingerprint_of_file(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_vocabulary(described: Mapping[str, Any], own: Vocabulary, path: Path) -> None:
    """Refuses weights whose tokens have other ids; a checkpoint may leave open what they are."""
    if described["vocabulary"] is None:
        return
    theirs = vocabulary_from_plain(described["vocabulary"])
    if _differ(theirs.texts(), own.texts()):
        raise InputError(
            "was trained with another vocabulary; name its own as data.vocabulary", file=path, field="model.weights"
        )


def _differ(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether any id that both have means two tokens."""
    return any(mine != theirs for mine, theirs in zip(one, other, strict=False))
