"""Weights of a ResNet from files that others made: a transformers folder, torchvision's file, the Places365 file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import ResNetModel

from mmtg.encoders.resnet_names import is_classifier, transformers_name
from mmtg.errors import InputError

PARALLEL = "module."
"""What DataParallel puts before each name, in the Places365 file."""


def load_resnet(model: ResNetModel, path: Path, *, field: str) -> None:
    """Put weights into a ResNet; each must be there, and of its shape.

    Args:
        model: is filled.
        path: a transformers folder; or a file with torchvision's names, alone or under ``state_dict`` and with
            ``module.`` before them (Places365).
        field: key of the configuration to name in errors.

    Raises:
        InputError: no such file or folder, not readable as tensors alone, or of another network.
    """
    weights = _of_folder(path, field) if path.is_dir() else _of_file(path, field)
    own = model.state_dict()
    counters = {name for name in own if name.endswith("num_batches_tracked")}  # older files lack them
    wrong = sorted((set(own) ^ set(weights)) - counters)
    wrong += sorted(name for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape)
    if wrong:
        what = f"{len(wrong)} weights are missing, unknown or of another shape, such as {wrong[0]}"
        raise InputError(what, file=path, field=field)
    model.load_state_dict({**own, **weights})


def _of_folder(path: Path, field: str) -> dict[str, Tensor]:
    try:
        loaded = ResNetModel.from_pretrained(str(path), local_files_only=True, weights_only=True)
    except Exception as error:  # transformers and safetensors each raise their own
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"cannot be loaded as a ResNet: {first}", file=path, field=field) from error
    return dict(loaded.state_dict())


def _of_file(path: Path, field: str) -> dict[str, Tensor]:
    if not path.is_file():
        raise InputError("there is no such file or folder", file=path, field=field)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has many ways to say that a file is not what it should be
        raise InputError(f"cannot be read as weights ({type(error).__name__})", file=path, field=field) from error
    return torchvision_weights(content, file=path, field=field)


def torchvision_weights(content: Any, *, file: Path | None = None, field: str | None = None) -> dict[str, Tensor]:
    """Weights under torchvision's names as weights under those of transformers.

    Args:
        content: what the file held.
        file: to name in errors.
        field: to name in errors.

    Returns:
        The weights by their new names, without the classifier.

    Raises:
        InputError: there is a name that no ResNet has.
    """
    content = _named(content)
    held = _named(content.get("state_dict", content)) if isinstance(content, Mapping) else None
    if not isinstance(held, Mapping) or not all(isinstance(value, Tensor) for value in held.values()):
        raise InputError("holds no weights by name", file=file, field=field)
    plain = {name.removeprefix(PARALLEL): value for name, value in held.items()}
    named = {name: transformers_name(name) for name in plain if not is_classifier(name)}
    if strange := sorted(name for name, new in named.items() if new is None):
        raise InputError(f"'{strange[0]}' is no weight of a ResNet", file=file, field=field)
    return {str(new): plain[name] for name, new in named.items()}


def _named(content: Any) -> Any:
    """A mapping with texts as names; files of Python 2 have bytes."""
    if not isinstance(content, Mapping):
        return content
    return {name.decode() if isinstance(name, bytes) else str(name): value for name, value in content.items()}
