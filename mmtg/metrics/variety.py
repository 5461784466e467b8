"""Entropy of the texts for one experience, and repetition within a text."""

import math
from collections import Counter
from collections.abc import Sequence

from mmtg.metrics.base import ABSENT, HypothesisMetric, ItemMetric
from mmtg.metrics.text import Gram, Item


class Entropy(ItemMetric):
    """Entropy in nats of the n-grams of an experience's hypotheses, averaged over experiences.

    The formula is that of CroMIC-CMT (reference, section 7), which takes it over a batch instead.

    Args:
        n: order.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def row(self, item: Item) -> Sequence[float]:
        """Entropy of one experience, 0 to the logarithm of its number of n-grams."""
        if not item.hypotheses:
            return ABSENT
        pooled: Counter[Gram] = Counter()
        for text in item.hypotheses:
            pooled.update(text.counts(self.n))
        total = pooled.total()
        return math.fsum(count / total * math.log(total / count) for count in pooled.values()), 1.0


class Repetition(HypothesisMetric):
    """Share of a text's n-grams that occurred before in the same text (seq-rep-n of Welleck et al., 2020).

    Args:
        n: order.
    """

    higher_is_better = False
    needs_reference = False

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def score(self, item: Item, index: int) -> float:
        """Repetition of one hypothesis, 0 to 1; 0 if it has no n-gram."""
        counts = item.hypotheses[index].counts(self.n)
        return 1 - len(counts) / counts.total() if counts else 0.0


class RepeatedLines(HypothesisMetric):
    """Share of a text's lines that stood before in the same text; empty lines do not count."""

    higher_is_better = False
    needs_reference = False

    def score(self, item: Item, index: int) -> float:
        """Share for one hypothesis, 0 to 1."""
        lines = [line for line in item.hypotheses[index].lines if line]
        return 1 - len(set(lines)) / len(lines) if lines else 0.0
