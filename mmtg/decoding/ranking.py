"""Which of several texts to the same keywords are kept (Image2Poem reference, section 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from mmtg.encoders.base import Encoder

LINE_MARK, TEXT_MARK = "，", "。"
"""Between a poem's lines and behind it, in the text that the encoder is given, as published."""


class Similarity(Protocol):
    """See :class:`mmtg.keywords.KeywordIndex`."""

    def similarity(self, vectors: Tensor, keywords: Tensor) -> Tensor:
        """Mean cosine [N] of vectors [N, W] with their keywords' vectors; numbers of keywords [N, k], -1 for none."""


@dataclass(frozen=True)
class Ranking:
    """Orders texts by how near the encoder finds them to their keywords.

    Attributes:
        encoder: of texts.
        keywords: the closed set.
    """

    encoder: Encoder
    keywords: Similarity

    def order(self, texts: Sequence[Sequence[str]], keywords: Tensor, *, drop_unequal: bool) -> list[int]:
        """The texts' numbers, best first; equal ones in the order in which they were drawn.

        Args:
            texts: [N] texts, each a list of lines.
            keywords: int64 [k], numbers of the keywords that all are about; -1 for none.
            drop_unequal: put texts whose lines differ in length behind all others, as the published filter drops them.

        Returns:
            [N].
        """
        vectors = self.encoder.encode_texts([LINE_MARK.join(lines) + TEXT_MARK for lines in texts])
        scores = self.keywords.similarity(vectors, keywords.cpu().expand(len(texts), -1))  # [N]
        if drop_unequal:
            unequal = torch.tensor([len({len(line) for line in lines}) > 1 for lines in texts])
            scores = scores.masked_fill(unequal, -torch.inf)
        return torch.sort(scores, descending=True, stable=True).indices.tolist()
