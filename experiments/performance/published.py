"""How much longer the published code's ways take: writing without a cache, and looking tokens up one by one.

Both are done here as the MMTG reference (section 10.1, 12 and 13) tells of them, on the suite's own model.
"""

import torch
from decoding import BATCH, seconds, write
from models import batch_of, layout_of, mmtg_of
from torch import Tensor

from mmtg.data.batch import Batch
from mmtg.models.mmtg import MMTG

EVERY = 10
"""Of the 200 passes for a text, so many are skipped for each that is timed."""
LOOKED_UP = 8


def measure() -> dict[str, float]:
    """One repetition.

    Returns:
        Ratios by name.
    """
    layout = layout_of()
    model, batch = mmtg_of(layout).eval(), batch_of(1, layout)
    table = dict(enumerate(model.decoder.token_table.tolist()))
    passes = [place for place in range(1, layout.length) if place % layout.slot not in (0, layout.slot - 1)]
    timed = passes[EVERY // 2 :: EVERY]
    with torch.inference_mode():
        theirs = len(passes) / len(timed) * sum(seconds(lambda n=n: uncached(model, batch, table, n)) for n in timed)
    ids = batch_of(LOOKED_UP, layout).targets
    return {
        "decode_published_vs_ours": theirs / (seconds(lambda: write(model, layout)) / BATCH),
        "lookup_published_vs_ours": seconds(lambda: looked_up(ids, table)) / seconds(lambda: model.decoder.tokens(ids)),
    }


def uncached(model: MMTG, batch: Batch, table: dict[int, list[float]], length: int) -> Tensor:
    """One more token of one text as published: encoder, look-up and all positions anew, and all their scores."""
    ids, places = batch.targets[:, :length], batch.places[:, :length]
    experiences = model.encode(batch)
    prompt, context = model.prompt(batch, experiences), model.context(experiences)
    assert context is not None
    topic = looked_up(batch.topic_ids, table)
    lines = context.join(looked_up(ids, table), places)
    hidden = model.decoder(
        torch.cat([topic, lines], dim=1),
        torch.cat([prompt.types, batch.target_types[:, :length]], dim=1),
        torch.cat([prompt.mask, batch.target_mask[:, :length]], dim=1),
        positions=torch.cat([prompt.positions[None], prompt.offset + places], dim=1),
    )
    return model.decoder.logits(hidden)


def looked_up(ids: Tensor, table: dict[int, list[float]]) -> Tensor:
    """Vectors [B, L, W] of ids [B, L], each made from a list of numbers."""
    return torch.stack([torch.stack([torch.tensor(table[token]) for token in row]) for row in ids.tolist()])
