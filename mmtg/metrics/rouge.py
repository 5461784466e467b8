"""ROUGE on characters as the authors of MMTG computed it: with sets, not counts."""

from dataclasses import dataclass

from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.subsequence import lcs_tokens
from mmtg.metrics.text import Item, Text

SMALL = 1e-8
"""Added to the denominator of F by the package ``rouge`` 1.0.1."""


@dataclass(frozen=True)
class Overlap:
    """What a text and its reference share, 0 to 1."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """Harmonic mean."""
        return 2 * self.precision * self.recall / (self.precision + self.recall + SMALL)


def rouge_n(hypothesis: Text, reference: Text, n: int) -> Overlap:
    """Shared n-grams over those of the reference and of the hypothesis, each counted once; blanks do not count."""
    have, want = hypothesis.dense.counts(n).keys(), reference.dense.counts(n).keys()
    return _overlap(len(have & want), len(want), len(have))


def rouge_l(hypothesis: Text, reference: Text) -> Overlap:
    """Different tokens of a longest common subsequence over those of the reference and of the hypothesis."""
    shared = set(lcs_tokens(reference.dense.tokens, hypothesis.dense.tokens))
    return _overlap(len(shared), len(set(reference.dense.tokens)), len(set(hypothesis.dense.tokens)))


def _overlap(shared: int, want: int, have: int) -> Overlap:
    return Overlap(shared / want if want else 0.0, shared / have if have else 0.0)


class Rouge(HypothesisMetric):
    """Mean of one part of :func:`rouge_n` or :func:`rouge_l`; of several references the best one counts.

    Args:
        n: order; None for ROUGE-L.
        part: ``recall``, ``precision`` or ``f1``.
    """

    def __init__(self, n: int | None, *, part: str = "f1") -> None:
        super().__init__()
        self.n, self.part = n, part

    def score(self, item: Item, index: int) -> float:
        """ROUGE of one hypothesis, 0 to 1."""
        text = item.hypotheses[index]
        found = [rouge_n(text, true, self.n) if self.n else rouge_l(text, true) for true in item.references]
        return max(float(getattr(overlap, self.part)) for overlap in found)
