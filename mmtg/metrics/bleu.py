"""Sentence BLEU as the MMTG paper reports it, and as its authors reported it before."""

import math
from collections.abc import Sequence

from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.text import Item, Text

METHOD_1 = 0.1
"""What stands in for a count of 0 in smoothing method 1 of Chen and Cherry (2014), as in NLTK."""


def equal_weights(n: int) -> tuple[float, ...]:
    """Weights of orders 1 to n of the cumulative BLEU-n."""
    return (1 / n,) * n


def single_order(n: int) -> tuple[float, ...]:
    """Weights of the BLEU of order n alone."""
    return (0.0,) * (n - 1) + (1.0,)


def sentence_bleu(item: Item, index: int, weights: Sequence[float], epsilon: float | None) -> float:
    """BLEU of one hypothesis.

    Args:
        item: has at least one reference.
        index: of the hypothesis.
        weights: of the orders 1, 2, ... ; orders of weight 0 do not count.
        epsilon: stands in for a count of 0 (method 1); None for no smoothing, where one count of 0 makes a 0.

    Returns:
        0 to 1; 0 if no token matches.
    """
    if item.matches(index, 1) == 0:
        return 0.0
    length, total = len(item.hypotheses[index]), 0.0
    for n, weight in enumerate(weights, start=1):
        matches = (item.matches(index, n) or epsilon or 0.0) if weight else 1.0
        if not matches:
            return 0.0
        total += weight * math.log(matches / max(1, length - n + 1))
    return math.exp(min(0.0, 1 - closest_length(length, item.references) / length) + total)


def closest_length(length: int, references: Sequence[Text]) -> int:
    """The reference length nearest to ``length``, the shorter of two."""
    return min((abs(len(reference) - length), len(reference)) for reference in references)[1]


class SentenceBLEU(HypothesisMetric):
    """Mean of :func:`sentence_bleu` (MMTG reference, section 9.1).

    Args:
        weights: of the orders 1, 2, ...
        epsilon: stands in for a count of 0; None for no smoothing.
    """

    def __init__(self, weights: Sequence[float], *, epsilon: float | None = METHOD_1) -> None:
        super().__init__()
        self.weights, self.epsilon = tuple(weights), epsilon

    def score(self, item: Item, index: int) -> float:
        """BLEU of one hypothesis, 0 to 1."""
        return sentence_bleu(item, index, self.weights, self.epsilon)
