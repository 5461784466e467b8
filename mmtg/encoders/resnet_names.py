"""Names of a ResNet's weights: those of torchvision, and those of transformers' ``ResNetModel``."""

from __future__ import annotations

import re

_STEM = {"conv1": "embedder.embedder.convolution", "bn1": "embedder.embedder.normalization"}
_PARTS = {"conv": "convolution", "bn": "normalization"}
_BLOCK = re.compile(r"layer(\d+)\.(\d+)\.(conv|bn)(\d+)\.(\w+)")
_SHORTCUT = re.compile(r"layer(\d+)\.(\d+)\.downsample\.([01])\.(\w+)")
_STEM_NAME = re.compile(r"(conv1|bn1)\.(\w+)")


def is_classifier(name: str) -> bool:
    """Whether torchvision's name is of the last layer, which features do without."""
    return name.startswith("fc.")


def transformers_name(name: str) -> str | None:
    """The name in ``ResNetModel`` of a weight.

    Args:
        name: torchvision's, such as ``layer1.0.conv2.weight``.

    Returns:
        The name; None for what no ResNet has, and for the classifier.
    """
    if found := _STEM_NAME.fullmatch(name):
        return f"{_STEM[found[1]]}.{found[2]}"
    if found := _BLOCK.fullmatch(name):
        block = f"encoder.stages.{int(found[1]) - 1}.layers.{found[2]}"
        return f"{block}.layer.{int(found[4]) - 1}.{_PARTS[found[3]]}.{found[5]}"
    if found := _SHORTCUT.fullmatch(name):
        part = ("convolution", "normalization")[int(found[3])]
        return f"encoder.stages.{int(found[1]) - 1}.layers.{found[2]}.shortcut.{part}.{found[4]}"
    return None
