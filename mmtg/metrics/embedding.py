"""Likeness of texts as vectors of an encoder; the authors of MMTG used WenLan's (MMTG reference, section 9.1)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from mmtg.encoders.base import Encoder
from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.text import Item


class TextVectors:
    """Vectors of texts, each text encoded once.

    Args:
        encoder: any local encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._known: dict[str, Tensor] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Encodes those of the texts that are new."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self.encoder.encode_texts(new).double(), strict=True))

    def __getitem__(self, text: str) -> Tensor:
        return self._known[text]  # [W]


class _EmbeddingMetric(HypothesisMetric):
    """Mean of a likeness of vectors; of several references the nearest one counts.

    Args:
        vectors: of the texts; two metrics may share one.
    """

    def __init__(self, vectors: TextVectors) -> None:
        super().__init__()
        self.vectors = vectors

    def update(self, items: Sequence[Item]) -> None:
        """Adds experiences, their texts encoded together."""
        told = [item for item in items if item.references]
        self.vectors.learn(text.string for item in told for text in (*item.hypotheses, *item.references))
        super().update(items)

    def _pair(self, item: Item, index: int) -> tuple[Tensor, Tensor]:
        """Vectors [1, W] of a hypothesis and [R, W] of its references."""
        references = torch.stack([self.vectors[text.string] for text in item.references])
        return self.vectors[item.hypotheses[index].string][None], references


class EmbeddingCosine(_EmbeddingMetric):
    """Mean cosine of the hypothesis's vector and the reference's; -1 to 1."""

    def score(self, item: Item, index: int) -> float:
        """Cosine of one hypothesis."""
        return float(torch.nn.functional.cosine_similarity(*self._pair(item, index)).max())


class EmbeddingL2(_EmbeddingMetric):
    """Mean Euclidean distance of the hypothesis's vector and the reference's; 0 to 2 for vectors of length 1."""

    higher_is_better = False

    def score(self, item: Item, index: int) -> float:
        """Distance of one hypothesis."""
        return float(torch.cdist(*self._pair(item, index)).min())
