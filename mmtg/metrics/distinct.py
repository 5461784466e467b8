"""Distinct-n and its relatives: how varied the texts for one experience are."""

from collections.abc import Iterable, Sequence

from mmtg.metrics.base import ABSENT, ItemMetric
from mmtg.metrics.text import Gram, Item, Text


def distinct(texts: Iterable[Text], n: int) -> float:
    """Different n-grams over all n-grams of some texts, pooled; 0 if they have none.

    Args:
        texts: n-grams do not run from one to the next.
        n: order.

    Returns:
        0 to 1.
    """
    found: set[Gram] = set()
    total = 0
    for text in texts:
        counts = text.counts(n)
        found |= counts.keys()
        total += max(0, len(text) - n + 1)
    return len(found) / total if total else 0.0


class Distinct(ItemMetric):
    """:func:`distinct` of an experience's hypotheses, averaged over experiences (MMTG reference, section 9.1).

    Args:
        n: order.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def row(self, item: Item) -> Sequence[float]:
        """Pooled ratio of one experience, 0 to 1."""
        return (distinct(item.hypotheses, self.n), 1.0) if item.hypotheses else ABSENT
