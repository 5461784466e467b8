"""The three visual nets, object, scene and sentiment: a picture to one vector each, put together in order.

Source: img2poem reference, sections 0 and 1.1. Letters of shapes: N pictures, S their side, F the width of a net's
vector, V that of all nets together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import ResNetConfig, ResNetModel

from mmtg.encoders.resnet_files import load_resnet
from mmtg.errors import InputError

NETS = ("object", "scene", "sentiment")
PRESETS = ("small", "resnet")


class SmallNet(nn.Module):
    """Convolutions that halve the picture, then the mean and the maximum over places, as the world's own encoder has.

    Args:
        channels: output channels of each convolution.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.stages = nn.Sequential(*(_stage(i, o) for i, o in pairwise([3, *channels])))
        self.width = 2 * channels[-1]

    def forward(self, pictures: Tensor) -> Tensor:
        """Vectors [N, F] of pictures [N, 3, S, S]."""
        seen = self.stages(pictures)  # [N, C, s, s]
        return torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], dim=1)


class ResNet(nn.Module):
    """A ResNet without its classifier: the mean over places.

    Args:
        sizes: arguments of transformers' ``ResNetConfig``; those of ResNet-50 are in ``conf/encoder``.
    """

    def __init__(self, sizes: Mapping[str, Any]) -> None:
        super().__init__()
        self.model = ResNetModel(ResNetConfig(**sizes))
        self.width = int(sizes["hidden_sizes"][-1])

    def forward(self, pictures: Tensor) -> Tensor:
        """Vectors [N, F] of pictures [N, 3, S, S]."""
        return self.model(pictures).pooler_output.flatten(1)


class VisualNets(nn.Module):
    """The three nets.

    Args:
        preset: ``small`` or ``resnet``.
        channels: of the small nets.
        resnet: sizes of the ResNets.
        order: in which the nets' vectors are put together; the paper has object, scene, sentiment, its released code
            object, sentiment, scene.

    Raises:
        InputError: no such preset, or the order does not name each net once.
    """

    def __init__(
        self, *, preset: str, channels: Sequence[int], resnet: Mapping[str, Any], order: Sequence[str]
    ) -> None:
        super().__init__()
        if preset not in PRESETS:
            raise InputError(f"'{preset}' is unknown; choose {' or '.join(PRESETS)}", field="encoder.visual.preset")
        if sorted(order) != sorted(NETS):
            raise InputError(f"must name {', '.join(NETS)} once each, not {list(order)}", field="encoder.order")
        self.order = tuple(order)
        make = (lambda: SmallNet(channels)) if preset == "small" else (lambda: ResNet(resnet))
        self.nets = nn.ModuleDict({name: make() for name in NETS})
        self.net_width = int(self.nets[NETS[0]].width)  # type: ignore[arg-type]
        self.width = self.net_width * len(NETS)

    def each(self, pictures: Tensor) -> dict[str, Tensor]:
        """By net, vectors [N, F] of pictures [N, 3, S, S]."""
        return {name: self.nets[name](pictures) for name in NETS}

    def forward(self, pictures: Tensor) -> Tensor:
        """Vectors [N, V] of pictures [N, 3, S, S], the nets in order."""
        seen = self.each(pictures)
        return torch.cat([seen[name] for name in self.order], dim=1)

    def load(self, files: Mapping[str, str | None]) -> None:
        """Put the weights of files into ResNets; small nets have no such files.

        Args:
            files: by net, a file or folder; None leaves the net at random.

        Raises:
            InputError: a file cannot be read, or is of another net; or the nets are small.
        """
        for name, file in files.items():
            if file is None:
                continue
            field, net = f"encoder.visual.weights.{name}", self.nets[name]
            if not isinstance(net, ResNet):
                raise InputError("is for encoder.visual.preset=resnet", field=field)
            load_resnet(net.model, Path(file), field=field)


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())
