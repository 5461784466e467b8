"""Time of a training step over that of a bare GPT-2 of the same shape, and of ``compact`` over ``slots``."""

import time
from collections.abc import Callable

import torch
from models import SIZE, bare_gpt2, batch_of, layout_of, mmtg_of
from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.layout import SlotsLayout
from mmtg.losses import contrastive_likelihood, sequence_mean
from mmtg.models.decoder import DecoderSize

BATCH = 8
LEARNING_RATE = 1e-5


def measure() -> dict[str, float]:
    """One repetition: a step of each, the one right after the other, when all optimizers have their states.

    Returns:
        Ratios by name.
    """
    steps = {"gpt2": gpt2_step(), "slots": mmtg_step(layout_of("slots")), "compact": mmtg_step(layout_of("compact"))}
    for step in steps.values():
        step()
    seconds = {name: step() for name, step in steps.items()}
    return {
        "train_slots_vs_gpt2": seconds["slots"] / seconds["gpt2"],
        "train_compact_vs_slots": seconds["compact"] / seconds["slots"],
    }


def gpt2_step() -> Callable[[], float]:
    """A step of a bare GPT-2 over as many positions as topic and lines have in slots."""
    layout, model = layout_of(), bare_gpt2().train()
    ids = torch.randint(5, len(layout.vocabulary), (BATCH, layout.topic_tokens + layout.length))

    def loss() -> Tensor:
        logits = model(ids).logits[:, layout.topic_tokens : -1]
        return functional.cross_entropy(logits.flatten(0, 1), ids[:, layout.topic_tokens + 1 :].flatten())

    return timed(model, loss)


def mmtg_step(layout: SlotsLayout, size: DecoderSize = SIZE, texts: int = BATCH) -> Callable[[], float]:
    """A step of MMTG in a layout."""
    model, batch = mmtg_of(layout, size).train(), batch_of(texts, layout)
    labels = batch.labels[:, :-1]

    def loss() -> Tensor:
        output = model(batch)
        cross_entropy = sequence_mean(output.scores.losses, labels)
        return contrastive_likelihood(cross_entropy, batch.rating > 3).mean() + output.experiences.kl

    return timed(model, loss)


def timed(model: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], float]:
    """A function that makes a step, forward, backward and AdamW, and gives its seconds."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)

    def step() -> float:
        started = time.perf_counter()
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        return time.perf_counter() - started

    return step
