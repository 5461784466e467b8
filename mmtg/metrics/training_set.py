"""Texts against the training set: novelty as img2poem defines it, and what is copied."""

from collections import Counter
from collections.abc import Iterable

from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.text import Gram, Item, Text


class Novelty(HypothesisMetric):
    """Novelty-n: share of a text's n-grams that the training set has, but not often (img2poem reference, section 3.1).

    Args:
        n: order.
        training: texts of the training set.
        frequent: this many n-grams, the commonest of the training set, are not new; of equally common ones those that
            come first in the order of their characters.
        count_unseen: n-grams that the training set has not at all are new, too. The paper leaves that open.
    """

    needs_reference = False

    def __init__(self, n: int, training: Iterable[Text], *, frequent: int, count_unseen: bool) -> None:
        super().__init__()
        counts: Counter[Gram] = Counter()
        for text in training:
            counts.update(text.counts(n))
        ranked = sorted(counts, key=lambda gram: (-counts[gram], gram))
        self.n, self.count_unseen = n, count_unseen
        self.common, self.rare = frozenset(ranked[:frequent]), frozenset(ranked[frequent:])

    def score(self, item: Item, index: int) -> float:
        """Novelty of one hypothesis, 0 to 1; 0 if it has no n-gram."""
        counts = item.hypotheses[index].counts(self.n)
        new = sum(count for gram, count in counts.items() if self._is_new(gram))
        return new / counts.total() if counts else 0.0

    def _is_new(self, gram: Gram) -> bool:
        return gram not in self.common if self.count_unseen else gram in self.rare


class CopyRate(HypothesisMetric):
    """Share of a text's n-grams that the training set has.

    Args:
        n: order.
        training: texts of the training set.
    """

    higher_is_better = False
    needs_reference = False

    def __init__(self, n: int, training: Iterable[Text]) -> None:
        super().__init__()
        self.n = n
        self.known = frozenset(gram for text in training for gram in text.counts(n))

    def score(self, item: Item, index: int) -> float:
        """Share for one hypothesis, 0 to 1; 0 if it has no n-gram."""
        counts = item.hypotheses[index].counts(self.n)
        return sum(counts[gram] for gram in counts.keys() & self.known) / counts.total() if counts else 0.0


class CopiedLines(HypothesisMetric):
    """Share of a text's lines that stand word for word in the training set; empty lines do not count.

    Args:
        training: texts of the training set.
    """

    higher_is_better = False
    needs_reference = False

    def __init__(self, training: Iterable[Text]) -> None:
        super().__init__()
        self.known = frozenset(line for text in training for line in text.lines)

    def score(self, item: Item, index: int) -> float:
        """Share for one hypothesis, 0 to 1; 0 if it has no line."""
        lines = [line for line in item.hypotheses[index].lines if line]
        return sum(line in self.known for line in lines) / len(lines) if lines else 0.0
