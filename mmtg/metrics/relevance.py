"""Relevance of poems to pictures, and img2poem's one figure of all others (img2poem reference, section 3.1)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmtg.metrics.base import RowMetric


class Relevance(RowMetric):
    """Mean cosine of each picture's vector and its poem's, in a space that pictures and poems share; -1 to 1."""

    def update(self, pictures: Tensor, poems: Tensor) -> None:
        """Adds N pairs.

        Args:
            pictures: [N, W] vectors.
            poems: [N, W] vectors.
        """
        self.add(cosine_rows(pictures, poems))


def cosine_rows(pictures: Tensor, poems: Tensor) -> Tensor:
    """The cosine of each pair of vectors [N, W], and a count of one: [N, 2]."""
    cosines = torch.nn.functional.cosine_similarity(pictures.double(), poems.double())
    return torch.stack([cosines, torch.ones_like(cosines)], dim=1)


def overall(methods: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Each figure min-max normalised over the methods, then the mean of all figures, times 100.

    It ranks the methods of one table and means nothing outside it: another method changes it for all. The paper's
    caption speaks of an average of three metrics; its printed numbers are the mean of all six columns.

    Args:
        methods: name -> figures, the same ones for all methods, each the better the higher. A figure that is equal for
            all methods says nothing and is left out.

    Returns:
        name -> 0 to 100; nothing if no figure tells the methods apart.
    """
    names = list(next(iter(methods.values()), {}))
    columns = {name: [figures[name] for figures in methods.values()] for name in names}
    telling = {name: (min(column), max(column)) for name, column in columns.items() if min(column) < max(column)}
    if not telling:
        return {}
    return {
        method: 100 * sum((figures[name] - low) / (high - low) for name, (low, high) in telling.items()) / len(telling)
        for method, figures in methods.items()
    }
