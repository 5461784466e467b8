"""Models of the published size and texts of the published lengths, made up: no data are needed."""

import functools
from typing import Any

import torch
from transformers import GPT2LMHeadModel

from mmtg.data.batch import Batch
from mmtg.data.layout import SlotsLayout
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import text_tensors
from mmtg.data.vocabulary import character_vocabulary
from mmtg.golden.variants import PUBLISHED
from mmtg.models.decoder import Decoder, DecoderSize, make_gpt2
from mmtg.models.mmtg import MMTG, MMTGChoices

WIDTH, HIDDEN = 2048, 512
SIZE = DecoderSize(width=768, layers=12, heads=12, positions=1024, vocabulary=21128, projector_hidden=512, dropout=0.1)
TOKENS = 13310
"""Characters of the vocabulary; with the special tokens, the 13,317 of the published one."""
FIRST = 0x3400
SHORTEST, SPREAD = 4, 9.6
"""Lines have 4 to 13 characters, 8.3 on the mean as the published ones."""


@functools.cache
def layout_of(kind: str = "slots", *, steps: int = 5, line_tokens: int = 20) -> SlotsLayout:
    """The published layout unless told otherwise: ten lines of 20 tokens behind a topic of 15."""
    sizes = {"steps": steps, "lines_per_step": 2, "line_tokens": line_tokens, "topic_tokens": 15}
    types = tuple((1, 2, 3, 4)[step % 4] for step in range(steps))
    vocabulary = character_vocabulary([map(chr, range(FIRST, FIRST + TOKENS))])
    plain = {**sizes, "kind": kind, "prompt": chr(FIRST) * 4, "step_types": types}
    return layout_from_plain(plain, vocabulary)  # type: ignore[return-value]


def mmtg_of(layout: SlotsLayout, size: DecoderSize = SIZE) -> MMTG:
    """MMTG as published, untrained."""
    torch.manual_seed(0)
    return MMTG(
        Decoder(torch.randn(len(layout.vocabulary), WIDTH), size),
        MMTGChoices(**vars(PUBLISHED)),
        hidden=HIDDEN,
        attention_heads=4,
        dropout=size.dropout,
        topic_tokens=layout.topic_tokens,
        step_types=torch.tensor(layout.step_types),
        step_of_position=torch.from_numpy(layout.step_of_position),
    )


def bare_gpt2(size: DecoderSize = SIZE) -> GPT2LMHeadModel:
    """A GPT-2 of the decoder's shape."""
    return make_gpt2(size, None)


def lengths(count: int, layout: SlotsLayout) -> torch.Tensor:
    """Characters [N, lines] of lines, the same each time."""
    uniform = torch.rand(count, layout.lines, generator=torch.Generator().manual_seed(1))
    return (SHORTEST + (uniform * SPREAD).long()).clamp(max=layout.line_tokens)


def batch_of(count: int, layout: SlotsLayout) -> Batch:
    """Experiences with random vectors and lines."""
    generator = torch.Generator().manual_seed(2)
    texts = [["".join(map(_character, range(n))) for n in row] for row in lengths(count, layout).tolist()]
    vectors: dict[str, Any] = {
        "topic_vector": torch.randn(count, WIDTH, generator=generator),
        "image_vectors": torch.randn(count, layout.steps, WIDTH, generator=generator),
        "text_vectors": torch.randn(count, layout.steps, WIDTH, generator=generator),
    }
    there = torch.ones(count, layout.steps, dtype=torch.bool)
    return Batch(
        **text_tensors(range(count), [chr(FIRST + 9) * 4] * count, texts, layout),
        **vectors,
        image_present=there,
        text_present=there,
        rating=torch.full((count,), 5),
        heard=torch.zeros(count, 0, 0),
    )


def _character(place: int) -> str:
    return chr(FIRST + 31 * place + 7)
