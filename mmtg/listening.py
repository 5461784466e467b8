"""Phase 1 of the encoder side: before it hears of lines' likelihood, it learns what lines sound like.

The picture, text and topic vectors of a positive experience are led to the encoder's vectors of the lines that they
belong to: the vectors that the decoder learned to listen to in its own phase 1. It costs seconds, since no decoder
takes part. Published: nothing of the kind.
"""

from collections.abc import Iterator

import numpy as np
import torch

from mmtg.data.batch import Batch
from mmtg.data.module import ExperienceDataset
from mmtg.logging.progress import track
from mmtg.losses import echo_distance
from mmtg.models.mmtg import MMTG


def learn_to_listen(
    model: MMTG,
    items: ExperienceDataset,
    *,
    positive_from: int,
    kl_weight: float,
    steps: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> float:
    """Trains the encoder side alone; the decoder is not touched.

    Args:
        model: its encoder side is trained in place.
        items: training experiences with the vectors of their lines.
        positive_from: least rating of the experiences that are used.
        kl_weight: weight of alpha attention's KL, as in phase 2.
        steps: batches.
        batch_size: experiences in a batch.
        learning_rate: at the start; it falls to 0 along a cosine.
        seed: of the order.

    Returns:
        The last batch's distance.
    """
    weights = [weight for name, weight in model.named_parameters() if not name.startswith("decoder.")]
    optimizer = torch.optim.AdamW(weights, lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    distance = torch.zeros(())
    model.train()
    for batch in track(_batches(items, positive_from, steps, batch_size, seed), "learning to listen", total=steps):
        experiences = model.encode(batch)
        distance = echo_distance(experiences.vectors, batch.heard, batch.rating >= positive_from)
        optimizer.zero_grad()
        (distance + kl_weight * experiences.kl).backward()
        optimizer.step()
        schedule.step()
    return float(distance.detach())


def _batches(items: ExperienceDataset, positive_from: int, steps: int, batch_size: int, seed: int) -> Iterator[Batch]:
    """Positive experiences in a random order, over and over; each is read from the store once."""
    places = np.flatnonzero(items.ratings >= positive_from)
    if not len(places):
        return
    whole = items.__getitems__(places.tolist())
    random = np.random.default_rng(seed)
    for _ in range(steps):
        yield whole.select(torch.from_numpy(random.choice(len(places), min(batch_size, len(places)), replace=False)))
