"""Names of weights: the published code's and ours (MMTG reference, section 2.7)."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from mmtg.errors import InputError

_PREFIXES = {  # published -> ours
    "encoder.topic_fc.": "topic_encoder.",
    "encoder.rnns_image.": "image_encoder.layers.",
    "encoder.rnns_text.": "text_encoder.layers.",
    "encoder.linear_image.": "image_encoder.linear.",
    "encoder.linear_text.": "text_encoder.linear.",
    "ln_layer1.": "topic_norm.",
    "ln_layer2.": "image_norm.",
    "ln_layer3.": "text_norm.",
    "img_inner_atten_layer.": "image_attention.",
    "text_inner_atten_layer.": "text_attention.",
    "mm_atten_layer.att_matrices.": "beta_attention.scores.",
    "mm_atten_layer.out_linear.": "beta_attention.out.",
    "decoder.projector_layer1.": "decoder.project_in.",
    "decoder.projector_layer2.": "decoder.project_out.",
}
_IMAGES2POEM = {**_PREFIXES, "decoder.embeddings.": "embedding.", "decoder.gpt2.": "gpt2."}
_MASK_BUFFER = re.compile(r"\.attn\.(masked_)?bias$")


def images2poem_from_published(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As :func:`from_published`, to the names of :class:`mmtg.models.images2poem.Images2Poem`."""
    return from_published(weights, prefixes=_IMAGES2POEM)


def from_published(weights: Mapping[str, Tensor], *, prefixes: Mapping[str, str] = _PREFIXES) -> dict[str, Tensor]:
    """Published names to those of :class:`mmtg.models.mmtg.MMTG`.

    The prefix ``module.`` of DataParallel goes, and so do GPT-2's mask buffers, which are no weights.

    Args:
        weights: a published state dict.
        prefixes: published beginnings of names and ours.

    Returns:
        The same tensors under our names.
    """
    renamed = {}
    for name, tensor in weights.items():
        name = name.removeprefix("module.")
        if not _MASK_BUFFER.search(name):
            renamed[_rename(name, prefixes)] = tensor
    return renamed


def _rename(name: str, prefixes: Mapping[str, str]) -> str:
    for published, ours in prefixes.items():
        if name.startswith(published):
            return ours + name[len(published) :]
    return name


_SAME = "decoder.gpt2."
_POSITIONS = re.compile(r"(.*)\.wpe\.weight$")
_LAYER = re.compile(r"\.h\.(\d+)\.")
_MASKED_SCORE = -1e4  # what GPT-2 gave to a position that may not be heard, when its masks were buffers


def without_buffers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published state dict without the prefix ``module.`` and without GPT-2's mask buffers."""
    return from_published(weights, prefixes={})


def to_published(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names of :class:`mmtg.models.mmtg.MMTG` to the published ones, without ``module.`` and mask buffers.

    Args:
        weights: the model's state dict, without the token table, which is no part of a published one.

    Returns:
        The same tensors under published names.

    Raises:
        InputError: the published model has no such weight.
    """
    prefixes = {ours: published for published, ours in _PREFIXES.items()}
    known = (*prefixes, _SAME)
    for name in weights:
        if not name.startswith(known):
            raise InputError("is a weight that the published model does not have", field=name)
    return {_rename(name, prefixes): tensor for name, tensor in weights.items()}


def with_buffers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Adds the mask buffers that GPT-2 had in a state dict when the weights were published.

    Args:
        weights: a published state dict without them.

    Returns:
        The same, and in each layer ``attn.bias``, a lower triangle uint8 [1, 1, positions, positions], and
        ``attn.masked_bias``, a scalar.
    """
    whole = dict(weights)
    for found in filter(None, map(_POSITIONS.match, weights)):
        positions = weights[found[0]].shape[0]
        triangle = torch.ones(positions, positions, dtype=torch.uint8).tril()[None, None]
        for i in range(layers(weights)):
            attention = f"{found[1]}.h.{i}.attn"
            whole |= {f"{attention}.bias": triangle, f"{attention}.masked_bias": torch.tensor(_MASKED_SCORE)}
    return whole


def layers(weights: Mapping[str, Tensor]) -> int:
    """The number of GPT-2's layers in a state dict."""
    return len({found[1] for name in weights if (found := _LAYER.search(name))})
