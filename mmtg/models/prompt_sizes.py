"""The language models of ``conf/model/lm`` in the sizes of ``conf/model/size``."""

from typing import Any

from mmtg.data.prompts import Prompts
from mmtg.errors import InputError
from mmtg.models.decoder import DecoderSize
from mmtg.models.prompt_gpt2 import PromptGPT2
from mmtg.models.prompt_objective import Objective
from mmtg.models.prompt_t5 import PromptT5, T5Size

FEEDFORWARD = 4
"""Width of T5's feed-forward layers over its width, where ``t5_feedforward`` leaves it open; GPT-2's are as wide."""


def build_lm(
    prompts: Prompts,
    size: dict[str, Any],
    lm: dict[str, Any],
    objective: Objective,
    *,
    dropout: float,
    pretrained: str | None,
) -> PromptGPT2 | PromptT5:
    """The language model.

    Args:
        prompts: makes its sequences; its vocabulary gives V.
        size: dimensions; ``decoder_vocabulary`` plays no part.
        lm: the section ``model.lm``.
        objective: what is trained.
        dropout: of the language model.
        pretrained: folder or hub id of a GPT-2 to start from.

    Returns:
        The language model, its weights as initialised.

    Raises:
        InputError: the kind is unknown, the sizes do not fit, or T5 is to start from a GPT-2.
    """
    options, kind = dict(lm), lm["kind"]
    del options["kind"]
    if kind == "gpt2":
        del options["ban_first"]
        return PromptGPT2(
            gpt2_size(size, len(prompts.vocabulary), dropout), prompts, objective, **options, pretrained=pretrained
        )
    if kind != "t5":
        raise InputError(f"'{kind}' is unknown; choose gpt2 or t5", field="model.lm.kind")
    if pretrained is not None:
        raise InputError("is for model/lm=gpt2; T5 starts from random weights", field="model.pretrained")
    return PromptT5(t5_size(size, len(prompts.vocabulary), dropout), prompts, objective, ban_first=options["ban_first"])


def gpt2_size(size: dict[str, Any], vocabulary: int, dropout: float) -> DecoderSize:
    """GPT-2's dimensions."""
    return DecoderSize(
        width=size["decoder_width"],
        layers=size["decoder_layers"],
        heads=size["decoder_heads"],
        positions=size["decoder_positions"],
        vocabulary=vocabulary,
        projector_hidden=0,  # tokens are GPT-2's own; nothing is projected
        dropout=dropout,
    )


def t5_size(size: dict[str, Any], vocabulary: int, dropout: float) -> T5Size:
    """T5's dimensions; what ``t5_...`` leaves open follows from the decoder's."""
    width = size["decoder_width"]
    heads = size["t5_heads"] or size["decoder_heads"]
    return T5Size(
        width=width,
        layers=size["decoder_layers"],
        heads=heads,
        key_width=size["t5_key_width"] or width // heads,
        feedforward=size["t5_feedforward"] or FEEDFORWARD * width,
        vocabulary=vocabulary,
        dropout=dropout,
    )
