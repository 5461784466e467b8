"""CIDEr-D with document frequencies from a corpus that is given (CroMIC-CMT reference, section 7)."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmtg.metrics.base import ABSENT, ItemMetric
from mmtg.metrics.text import Gram, Item, Text

ORDERS = (1, 2, 3, 4)
SIGMA = 6.0
"""Width of the penalty on the difference of lengths, in tokens."""
SCALE = 10.0


class DocumentFrequencies:
    """In how many documents each n-gram occurs; a document is the references of one experience.

    Args:
        documents: the references of every experience of the corpus; those without any do not count.
    """

    def __init__(self, documents: Iterable[Sequence[Text]]) -> None:
        counts: Counter[Gram] = Counter()
        self.documents = 0
        for texts in filter(None, documents):
            self.documents += 1
            counts.update({gram for text in texts for n in ORDERS for gram in text.counts(n)})
        self.rarest = math.log(self.documents) if self.documents else 0.0
        self._rarity = {gram: self.rarest - math.log(count) for gram, count in counts.items() if count > 1}

    def vector(self, text: Text, n: int) -> dict[Gram, float]:
        """TF-IDF weights of a text's n-grams."""
        known, rarest = self._rarity, self.rarest
        return {gram: count * known.get(gram, rarest) for gram, count in text.counts(n).items()}


@dataclass(frozen=True)
class _Vectors:
    """A text's weights of each order, their norms, and its length."""

    weights: list[dict[Gram, float]]
    norms: list[float]
    length: int

    @classmethod
    def of(cls, text: Text, frequencies: DocumentFrequencies) -> "_Vectors":
        weights = [frequencies.vector(text, n) for n in ORDERS]
        norms = [math.sqrt(sum(weight * weight for weight in order.values())) for order in weights]
        return cls(weights, norms, len(text))


def _similarity(have: _Vectors, want: _Vectors) -> float:
    """Mean over the orders of the cosine, weights clipped to the reference's, with the penalty on length."""
    cosines = 0.0
    for mine, theirs, my_norm, their_norm in zip(have.weights, want.weights, have.norms, want.norms, strict=True):
        if my_norm and their_norm:
            # in the text's order: that of a set of strings differs from process to process, and with it the last bit
            shared = ((weight, theirs[gram]) for gram, weight in mine.items() if gram in theirs)
            cosines += sum(min(weight, true) * true for weight, true in shared) / (my_norm * their_norm)
    return cosines / len(ORDERS) * math.exp(-((have.length - want.length) ** 2) / (2 * SIGMA**2))


class CiderD(ItemMetric):
    """Mean CIDEr-D, each hypothesis against all references of its experience; 0 to 10.

    Args:
        frequencies: of the whole corpus; never of a batch, which gives another figure for every batch size.
    """

    def __init__(self, frequencies: DocumentFrequencies) -> None:
        super().__init__()
        self.frequencies = frequencies

    def row(self, item: Item) -> Sequence[float]:
        """Mean over the experience's hypotheses."""
        if not item.hypotheses or not item.references:
            return ABSENT
        wanted = [_Vectors.of(text, self.frequencies) for text in item.references]
        found = [_Vectors.of(text, self.frequencies) for text in item.hypotheses]
        total = math.fsum(_similarity(have, want) for have in found for want in wanted)
        return SCALE * total / (len(found) * len(wanted)), 1.0
