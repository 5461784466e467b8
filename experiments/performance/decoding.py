"""Time of writing in slots over that of Hugging Face ``generate()`` on a bare GPT-2 of the same shape."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import torch
from models import SIZE, bare_gpt2, batch_of, layout_of, lengths, mmtg_of
from transformers import GenerationConfig

from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.slots import SlotDecoding
from mmtg.decoding.texts import noise

BATCH = 32
FEW = 4
"""Texts in bf16, of a model of one layer: it takes long where the processor does not know it."""
TOKENS = 220
"""That the published loop makes of every text."""
FILTERS = {"top_k": 10, "top_p": 0.7, "temperature": 1.1, "repetition_penalty": 1.2}


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Ratios by name.
    """
    layout = layout_of()
    model, gpt2 = mmtg_of(layout).eval(), bare_gpt2().eval()
    generated = seconds(lambda: generate(gpt2))
    written = seconds(lambda: write(model, layout))
    rounded = seconds(lambda: write(model, layout, quantise="int8"))
    shallow = mmtg_of(layout, dataclasses.replace(SIZE, layers=1)).eval()
    halved, whole = (seconds(lambda d=d: write(shallow, layout, FEW, dtype=d)) for d in ("bf16", "float32"))
    return {
        "decode_vs_generate": written / generated,
        "decode_int8_vs_float32": rounded / written,
        "decode_bf16_vs_float32": halved / whole,
    }


def generate(gpt2: Any) -> None:
    """220 tokens for each of 32 prompts of one token, drawn with the same filters."""
    start = torch.ones(BATCH, 1, dtype=torch.int64)
    config = GenerationConfig(do_sample=True, max_new_tokens=TOKENS, min_new_tokens=TOKENS, pad_token_id=0, **FILTERS)
    with torch.inference_mode():
        made = gpt2.generate(start, attention_mask=torch.ones_like(start), generation_config=config)
    assert made.shape == (BATCH, TOKENS + 1)


def write(model: Any, layout: Any, texts: int = BATCH, **precision: Any) -> torch.Tensor:
    """Texts in slots, whose lines end after the published mean number of characters."""
    settings = DecodingSettings(samples=1, penalty="standard", seed=0, batch_size=texts, **FILTERS, **precision)
    uniform = noise((layout.lines, layout.line_tokens), 0, [(str(i), 0) for i in range(texts)])
    with torch.inference_mode():
        decoding = Paced(model.writer(batch_of(texts, layout)), layout, settings, uniform)
    return decoding.run()


class Paced(SlotDecoding):
    """An untrained model ends no lines; here each ends after as many characters as published ones have."""

    def _draw(self, scores: torch.Tensor, live: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        """The next tokens: as drawn, but padding where the line has its length and never before."""
        pad = self.layout.vocabulary.pad
        scores[:, pad] = -torch.inf
        token = super()._draw(scores, live, uniform)
        if not hasattr(self, "left"):
            self.left, self.line = lengths(len(self.ids), self.layout), torch.zeros(len(self.ids), dtype=torch.int64)
        line = self.line[live]
        ends = self.left[live, line] == 0
        self.left[live, line] -= 1
        self.line[live] += ends
        return torch.where(ends, pad, token)


def seconds(run: Callable[[], object]) -> float:
    """Wall time of a call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
