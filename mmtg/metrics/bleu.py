"""Sentence BLEU as the MMTG paper reports it."""

import math
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from mmtg.metrics.text import ngrams


def sentence_bleu(hypothesis: Sequence[str], reference: Sequence[str], n: int, *, epsilon: float = 0.1) -> float:
    """BLEU of one sentence with equal weights up to ``n`` and NLTK's smoothing method 1.

    Args:
        hypothesis: tokens.
        reference: tokens of the one reference.
        n: highest order.
        epsilon: stands in for a count of 0; method 1's value.

    Returns:
        0 to 1; 0 if no token matches.
    """
    logarithms = []
    for order in range(1, n + 1):
        have, want = Counter(ngrams(hypothesis, order)), Counter(ngrams(reference, order))
        matches = sum((have & want).values())
        if order == 1 and matches == 0:
            return 0.0
        logarithms.append(math.log((matches or epsilon) / max(1, len(hypothesis) - order + 1)))
    brevity = min(0.0, 1 - len(reference) / len(hypothesis))
    return math.exp(brevity + sum(logarithms) / n)


class SentenceBLEU(Metric):
    """Mean of :func:`sentence_bleu` over all hypotheses.

    Args:
        n: highest order.
    """

    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")

    def update(self, hypotheses: Sequence[Sequence[str]], reference: Sequence[str]) -> None:
        """Adds the token sequences written for one reference."""
        for hypothesis in hypotheses:
            self.total += sentence_bleu(hypothesis, reference, self.n)
            self.count += 1

    def compute(self) -> Tensor:
        """Mean, 0 to 1."""
        return self.total / self.count
