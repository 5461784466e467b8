"""BLEU and ROUGE-L as the usual tool for captions computes them (CroMIC-CMT reference, section 7)."""

from collections.abc import Sequence

from mmtg.metrics.base import HypothesisMetric, ItemMetric
from mmtg.metrics.bleu import closest_length
from mmtg.metrics.subsequence import lcs_length
from mmtg.metrics.text import Item
from mmtg.stats.formulas import caption_bleu
from mmtg.stats.score import Formula

BETA = 1.2
"""Weight of recall in ROUGE-L."""


class CaptionBLEU(ItemMetric):
    """Corpus BLEU-n with equal weights and the closest reference length; an experience's own value is its corpus's.

    Args:
        n: highest order.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n
        self.size = 2 * n + 2

    def row(self, item: Item) -> Sequence[float]:
        """Matches and n-grams of each order, and the lengths of hypotheses and references."""
        totals = [0.0] * self.size
        for index, text in enumerate(item.hypotheses if item.references else ()):
            orders = range(1, self.n + 1)
            matches = [item.matches(index, n) for n in orders]
            grams = [max(0, len(text) - n + 1) for n in orders]
            numbers = [*matches, *grams, len(text), closest_length(len(text), item.references)]
            totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        return totals

    def formula(self, totals: Sequence[float]) -> float:
        """BLEU, 0 to 1; NaN if there is no reference."""
        return caption_bleu(totals)

    @property
    def shared_formula(self) -> Formula:
        """That of corpora."""
        return caption_bleu


class CaptionRougeL(HypothesisMetric):
    """Mean F of the longest common subsequence, with the best precision and the best recall of any reference."""

    def score(self, item: Item, index: int) -> float:
        """ROUGE-L of one hypothesis, 0 to 1."""
        text = item.hypotheses[index]
        shared = [(lcs_length(reference.tokens, text.tokens), len(reference)) for reference in item.references]
        precision = max(length for length, _ in shared) / max(1, len(text))
        recall = max(length / max(1, of) for length, of in shared)
        return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision) if precision else 0.0
