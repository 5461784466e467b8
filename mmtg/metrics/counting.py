"""How long texts are, and how many differ."""

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.text import Item


class MeanLength(HypothesisMetric):
    """Mean tokens of a text, the commas between its lines included."""

    higher_is_better = None
    needs_reference = False

    def score(self, item: Item, index: int) -> float:
        """Tokens of one hypothesis."""
        return float(len(item.hypotheses[index]))


class UniqueTexts(Metric):
    """Different texts over all texts of all experiences: near 0 if a system writes the same to everything."""

    full_state_update = False
    is_differentiable = False
    higher_is_better = True
    digests: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("digests", [], dist_reduce_fx="cat")

    def update(self, items: Iterable[Item]) -> None:
        """Adds the hypotheses of experiences."""
        digests = [_digest(text.string) for item in items for text in item.hypotheses]
        self.digests.append(torch.tensor(digests, dtype=torch.long, device=self.device))

    def compute(self) -> Tensor:
        """Share, 0 to 1; NaN of no texts."""
        digests = dim_zero_cat([torch.zeros(0, dtype=torch.long, device=self.device), *self.digests])
        return torch.tensor(len(digests.unique()), dtype=torch.float64) / len(digests)


def _digest(text: str) -> int:
    """63 bits that are the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1
