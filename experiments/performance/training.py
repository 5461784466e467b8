"""Time of a training step over that of a bare GPT-2 of the same shape, and of ``compact`` over ``slots``."""

import time
from typing import Any

import torch
from models import bare_gpt2, batch_of, layout_of, mmtg_of
from torch.nn import functional

from mmtg.losses import contrastive_likelihood, sequence_mean

BATCH = 8
LEARNING_RATE = 1e-5


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Ratios by name.
    """
    slots, compact = mmtg_step("slots"), mmtg_step("compact")
    return {"train_slots_vs_gpt2": slots / gpt2_step(), "train_compact_vs_slots": compact / slots}


def gpt2_step() -> float:
    """Seconds of a step of a bare GPT-2 over as many positions as topic and lines have in slots."""
    layout, model = layout_of(), bare_gpt2().train()
    ids = torch.randint(5, len(layout.vocabulary), (BATCH, layout.topic_tokens + layout.length))

    def loss() -> torch.Tensor:
        logits = model(ids).logits[:, layout.topic_tokens : -1]
        return functional.cross_entropy(logits.flatten(0, 1), ids[:, layout.topic_tokens + 1 :].flatten())

    return second_step(model, loss)


def mmtg_step(kind: str) -> float:
    """Seconds of a step of MMTG in a layout."""
    layout = layout_of(kind)
    model, batch = mmtg_of(layout).train(), batch_of(BATCH, layout)

    def loss() -> torch.Tensor:
        output = model(batch)
        cross_entropy = sequence_mean(output.scores.losses(batch.labels[:, :-1]), batch.labels[:, :-1])
        return contrastive_likelihood(cross_entropy, batch.rating > 3).mean() + output.experiences.kl

    return second_step(model, loss)


def second_step(model: Any, loss: Any) -> float:
    """Seconds of forward, backward and AdamW, once its states are there."""
    optimizer, seconds = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE), 0.0
    for _ in range(2):
        started = time.perf_counter()
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        seconds = time.perf_counter() - started
    return seconds
