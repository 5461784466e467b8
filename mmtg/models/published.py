"""Names of weights: the published code's and ours (MMTG reference, section 2.7)."""

import re
from collections.abc import Mapping

from torch import Tensor

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
