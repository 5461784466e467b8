"""Distinct-n and its relatives: how varied the texts for one experience are."""

import math
from collections.abc import Iterable, Sequence

from mmtg.metrics.base import ABSENT, HypothesisMetric, ItemMetric
from mmtg.metrics.text import Gram, Item, Text, ngrams


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


class Diversity(HypothesisMetric):
    """Different n-grams over all *words* of several texts, which are a hypothesis's lines (generate-it reference, 5.1).

    As published: what counts n-grams from below counts words, so that order 2 stays below 1.

    Args:
        n: order.
    """

    needs_reference = False

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def score(self, item: Item, index: int) -> float:
        """Ratio of one hypothesis, 0 to 1; 0 if it has no words."""
        text = item.hypotheses[index]
        lines = text.lines if isinstance(text.tokens, str) else [line.split() for line in text.lines]
        found = {gram for line in lines for gram in ngrams(line, self.n)}
        words = sum(map(len, lines))
        return len(found) / words if words else 0.0


class DistinctByPosition(ItemMetric):
    """:func:`distinct` of the lines at the same place of an experience's hypotheses, averaged over places.

    Places that any hypothesis lacks, or at which no line has n tokens, are left out (metric benchmark, definition 1.3).

    Args:
        n: order.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def row(self, item: Item) -> Sequence[float]:
        """Mean over the places of one experience, 0 to 1."""
        places = zip(*(text.lines for text in item.hypotheses), strict=False)
        groups = [lines for lines in places if any(len(line) >= self.n for line in lines)]
        ratios = [distinct([Text(line) for line in lines], self.n) for lines in groups]
        return (math.fsum(ratios) / len(ratios), 1.0) if ratios else ABSENT


def running_distinct(texts: Sequence[Text], n: int) -> float:
    """Mean of the :func:`distinct` of the first text, the first two, and so on.

    One of the authors' figures was computed so; it depends on order and number of the texts and compares with nothing.

    Args:
        texts: at least one.
        n: order.

    Returns:
        0 to 1.
    """
    found: set[Gram] = set()
    total, ratios = 0, []
    for text in texts:
        found |= text.counts(n).keys()
        total += max(0, len(text) - n + 1)
        ratios.append(len(found) / total if total else 0.0)
    return math.fsum(ratios) / len(ratios)
