"""Distinct-n: how varied the texts for one experience are."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from mmtg.metrics.text import ngrams


class Distinct(Metric):
    """Different n-grams over all n-grams of an experience's samples, averaged over experiences.

    Args:
        n: order.
    """

    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")

    def update(self, hypotheses: Sequence[Sequence[str]]) -> None:
        """Adds the token sequences written for one experience."""
        found = [gram for tokens in hypotheses for gram in ngrams(tokens, self.n)]
        self.total += len(set(found)) / len(found) if found else 0.0
        self.count += 1

    def compute(self) -> Tensor:
        """Mean, 0 to 1."""
        return self.total / self.count
