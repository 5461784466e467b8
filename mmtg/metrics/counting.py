"""How long texts are, and how many differ."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from mmtg.metrics.base import GatheredMetric, HypothesisMetric
from mmtg.metrics.text import Item


class MeanLength(HypothesisMetric):
    """Mean tokens of a text, the commas between its lines included."""

    higher_is_better = None
    needs_reference = False

    def score(self, item: Item, index: int) -> float:
        """Tokens of one hypothesis."""
        return float(len(item.hypotheses[index]))


class UniqueTexts(GatheredMetric):
    """Different texts over all texts of all experiences: near 0 if a system writes the same to everything."""

    size = 1
    number = torch.long

    def update(self, items: Sequence[Item]) -> None:
        """Adds the hypotheses of experiences."""
        self.add([[_digest(text.string)] for item in items for text in item.hypotheses])

    def compute(self) -> Tensor:
        """Share over all processes, 0 to 1; NaN of no texts."""
        return self.share()

    def share(self) -> Tensor:
        """Share over the texts of this process."""
        digests = self.gathered()
        return torch.tensor(float(len(digests.unique())), dtype=torch.float64) / len(digests)


def _digest(text: str) -> int:
    """63 bits that are the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1
