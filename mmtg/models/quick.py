"""Linear layers that write faster: packed for the processor, or a little less exact."""

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.utils import mkldnn
from transformers.pytorch_utils import Conv1D

from mmtg.decoding.settings import DTYPES, DecodingSettings

Map = Callable[[Tensor], Tensor]


def quick(layer: nn.Module, settings: DecodingSettings) -> Map:
    """A layer as it is when texts are written.

    Args:
        layer: a linear layer, GPT-2's own kind of one, or a layer norm; stays as it is.
        settings: ``dtype`` of weights and states. ``quantise=int8`` rounds inputs and weights of linear layers to a
            byte (dynamic quantisation, on CPUs alone). With neither, a CPU gets the weights of linear layers laid out
            as its kernels like them, where torch can; that changes no more than the order of sums.

    Returns:
        The layer itself where nothing changes.
    """
    if settings.dtype != "float32":
        return copy.deepcopy(layer).to(DTYPES[settings.dtype])
    if not isinstance(layer, (nn.Linear, Conv1D)):
        return layer
    if settings.quantise:
        box = nn.Sequential(as_linear(layer))
        return cast(Map, torch.ao.quantization.quantize_dynamic(box, {nn.Linear}, dtype=torch.qint8, inplace=True)[0])
    if layer.weight.device.type == "cpu" and torch.backends.mkldnn.is_available():
        return cast(Map, mkldnn.to_mkldnn(as_linear(layer)))
    return layer


def as_linear(layer: nn.Linear | Conv1D) -> nn.Linear:
    """GPT-2's own kind of linear layer, whose weights are the other way round, as torch's; shares its weights."""
    if isinstance(layer, nn.Linear):
        return layer
    made = nn.Linear(1, 1)
    made.in_features, made.out_features = layer.weight.shape[0], layer.nf
    made.weight, made.bias = nn.Parameter(layer.weight.T), nn.Parameter(layer.bias)
    return made.eval()


def first_rows(layer: nn.Linear, rows: int) -> nn.Linear:
    """The layer with its first outputs alone; shares its weights."""
    made = nn.Linear(1, 1, bias=False)
    made.in_features, made.out_features = layer.in_features, rows
    made.weight = nn.Parameter(layer.weight[:rows])
    return made.eval()
