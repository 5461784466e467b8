"""Copies of a decoder that write faster and a little less exactly."""

import copy

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from mmtg.decoding.settings import DTYPES
from mmtg.models.decoder import Decoder


def quick(decoder: Decoder, *, dtype: str, quantise: str | None) -> Decoder:
    """The decoder in another precision.

    Args:
        decoder: stays as it is.
        dtype: of weights and cache.
        quantise: ``int8`` for linear layers whose inputs and weights are rounded to a byte (dynamic quantisation; on
            CPUs alone); None for none.

    Returns:
        A copy; the decoder itself where nothing changes.
    """
    if quantise is None and dtype == "float32":
        return decoder
    made = copy.deepcopy(decoder).eval().requires_grad_(False)
    if quantise is None:
        return made.to(DTYPES[dtype])
    _linear(made)
    quantised: Decoder = torch.ao.quantization.quantize_dynamic(made, {nn.Linear}, dtype=torch.qint8, inplace=True)
    return quantised


def _linear(module: nn.Module) -> None:
    """Turns GPT-2's own linear layers, which torch does not know how to quantise, into torch's."""
    for name, child in module.named_children():
        if isinstance(child, Conv1D):
            outputs, inputs = child.nf, child.weight.shape[0]
            layer = nn.Linear(inputs, outputs)
            layer.weight, layer.bias = nn.Parameter(child.weight.T.contiguous()), child.bias
            setattr(module, name, layer)
        else:
            _linear(child)
