"""Expansion by retrieval: for each picture the poems of a corpus that lie nearest in the joint space.

Source: img2poem reference, section 2.2 (MultiM-Poem (Ex): the nearest poems of UniM-Poem, redundancies removed).
Letters of shapes: P pictures, N poems, K width of the joint space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def same_text(poem: str) -> str:
    """What two poems have in common that differ only in spaces, line breaks and case."""
    return " ".join(poem.casefold().split())


def distinct(poems: Sequence[str]) -> list[str]:
    """Each poem once, in order."""
    kept: dict[str, str] = {}
    for poem in poems:
        kept.setdefault(same_text(poem), poem)
    return list(kept.values())


def nearest_poems(
    images: Tensor, poems: Tensor, texts: Sequence[str], own: Sequence[str], *, count: int, batch_size: int
) -> Iterator[list[tuple[int, float]]]:
    """The nearest poems of each picture, its own left out; of poems as near, the first of the corpus is nearer.

    Args:
        images: [P, K] unit vectors.
        poems: [N, K] unit vectors.
        texts: [N] of the poems, all different.
        own: [P] the poem that a picture has already.
        count: poems wanted for each; fewer where the corpus has fewer.
        batch_size: pictures held against the corpus at once.

    Yields:
        For each picture, places and cosines, the nearest first.
    """
    place = {same_text(text): number for number, text in enumerate(texts)}
    for start in range(0, len(images), batch_size):
        scores = images[start : start + batch_size] @ poems.T  # [b, N]
        for row, mine in zip(scores, own[start : start + batch_size], strict=True):
            taken = place.get(same_text(mine))
            if taken is not None:
                row[taken] = -torch.inf
            wanted = min(count, len(texts) - (taken is not None))
            order = row.sort(descending=True, stable=True)
            yield list(zip(order.indices[:wanted].tolist(), order.values[:wanted].tolist(), strict=True))
