"""How often a picture's own poem is found among a hundred, and a poem's own picture.

Letters of shapes: N pairs, K width of the joint space.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmtg.encoders.base import unit

RANKS = (1, 5)


def recalls(
    images: Tensor, poems: Tensor, numbers: Tensor, *, candidates: int, draws: int, seed: int
) -> dict[str, float]:
    """Recall at 1 and 5 among candidates, both ways, mean over draws of the candidates.

    Candidates are drawn without replacement from pairs of different poems. Ties count as misses.

    Args:
        images: [N, K] unit vectors.
        poems: [N, K] of their poems.
        numbers: [N] of poems; equal poems never stand in one draw.
        candidates: how many pairs a draw has; fewer where there are fewer poems.
        draws: how many.
        seed: of the draws.

    Returns:
        ``recall_at_1`` and ``recall_at_5``, the means of both ways, and each with ``_image_to_poem`` and
        ``_poem_to_image`` behind it; chance is the rank over ``candidates``.
    """
    rng = np.random.default_rng([seed, candidates])
    _, first = np.unique(numbers.numpy(), return_index=True)
    found: dict[str, list[float]] = {}
    for _ in range(draws):
        rows = rng.permutation(first)[:candidates]
        scores = images[rows] @ poems[rows].T
        for way, table in (("image_to_poem", scores), ("poem_to_image", scores.T)):
            better = (table >= table.diagonal().unsqueeze(1)).sum(1) - 1  # [N] others as near or nearer
            for rank in RANKS:
                found.setdefault(f"recall_at_{rank}_{way}", []).append(float((better < rank).float().mean()))
    figures = {name: float(np.mean(values)) for name, values in found.items()}
    for rank in RANKS:
        name = f"recall_at_{rank}"
        figures[name] = (figures[f"{name}_image_to_poem"] + figures[f"{name}_poem_to_image"]) / 2
    return figures


def group_means(vectors: Tensor, groups: Sequence[str]) -> Tensor:
    """Unit means [G, K] of the vectors [N, K] of each group, groups in the order of their names."""
    _, place = np.unique(np.array(groups, dtype=object), return_inverse=True)
    places = torch.from_numpy(place.astype(np.int64))
    summed = torch.zeros(int(places.max()) + 1, vectors.shape[1]).index_add(0, places, vectors)
    return unit(summed)
