"""Unlikelihood: what stood before is made less likely to come again (generate-it reference, section 2.5).

Letters of shapes: M predictions, R tokens of a text, V tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LEAST = 1e-5
"""Least 1 - p that counts, as published."""


@dataclass(frozen=True, kw_only=True)
class Unlikelihood:
    """What is made less likely, and how much.

    Attributes:
        weight: of the loss; 0 for none.
        power: of a token's count, by which it is weighed (published ``use_freq_weight``): 1, each time that it stood
            counts; 0, it counts once; -1, less the oftener it stood.
        structure: tokens that never count: start, ends, padding, mask. (Published: they do.)
    """

    weight: float
    power: float
    structure: tuple[int, ...]

    def losses(self, scores: Tensor, tokens: Tensor, heard: Tensor, labels: Tensor) -> Tensor:
        """Of each prediction the sum over the tokens that it heard, its label not among them, of -log(1 - p).

        Args:
            scores: [M, V].
            tokens: int64 [M, R], of its text.
            heard: bool [M, R], which of them count.
            labels: int64 [M].

        Returns:
            [M] nats.
        """
        counts = torch.zeros(scores.shape, device=scores.device)
        counts.scatter_add_(1, tokens, heard.to(counts.dtype))
        counts.scatter_(1, labels[:, None], 0)
        counts[:, list(self.structure)] = 0
        weights = torch.where(counts > 0, counts.pow(self.power), 0.0)
        other = 1 - torch.softmax(scores.float(), dim=1)
        return -(weights * other.clamp(min=LEAST).log()).sum(dim=1)
