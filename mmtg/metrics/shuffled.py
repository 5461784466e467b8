"""How much the text changes when the steps of an experience change places.

The reference of an item is the greedy text of the ordered experience, its hypotheses are the greedy texts of its
permutations (MMTG reference, section 5.7).
"""

from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.distinct import distinct
from mmtg.metrics.text import Gram, Item, Text, ngrams


class NewNgramRate(HypothesisMetric):
    """NNR-n: different n-grams of the permuted text that are new, over those of either text.

    Args:
        n: order.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def score(self, item: Item, index: int) -> float:
        """NNR of one permutation, 0 to 1."""
        ordered, permuted = item.references[0].counts(self.n).keys(), item.hypotheses[index].counts(self.n).keys()
        either = len(ordered | permuted)
        return len(permuted - ordered) / either if either else 0.0


class UnchangedRate(HypothesisMetric):
    """Share of permutations that leave the text as it was, to the character."""

    higher_is_better = False

    def score(self, item: Item, index: int) -> float:
        """1 if nothing changed."""
        return float(item.hypotheses[index].tokens == item.references[0].tokens)


class DeltaDistinct(HypothesisMetric):
    """Distinct-n of the permuted text less that of the ordered one; the authors gave it up.

    Args:
        n: order.
    """

    higher_is_better = None

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def score(self, item: Item, index: int) -> float:
        """Difference for one permutation, -1 to 1."""
        return distinct([item.hypotheses[index]], self.n) - distinct([item.references[0]], self.n)


class UnionRate(HypothesisMetric):
    """Different n-grams of both texts together over all of them, inside lines only; the authors gave it up.

    Args:
        n: order.
    """

    higher_is_better = None

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def score(self, item: Item, index: int) -> float:
        """Ratio for one permutation, 0 to 1."""
        both = [gram for text in (item.references[0], item.hypotheses[index]) for gram in self._grams(text)]
        return len(set(both)) / len(both) if both else 0.0

    def _grams(self, text: Text) -> list[Gram]:
        whole = isinstance(text.tokens, str)
        return [gram for line in text.lines for gram in ngrams(line if whole else line.split(), self.n)]
