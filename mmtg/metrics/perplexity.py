"""Perplexity of true texts under a language model."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmtg.metrics.base import RowMetric


class Perplexity(RowMetric):
    """Exponential of the mean negative log likelihood per token, over all tokens of all texts; at least 1.

    Tokens of long texts weigh as much as those of short ones. A text's own value is its own perplexity.
    """

    higher_is_better = False

    def update(self, losses: Tensor, tokens: Tensor) -> None:
        """Adds B texts.

        Args:
            losses: [B] sum of the negative log likelihoods of a text's tokens, in nats.
            tokens: [B] number of those tokens.
        """
        self.add(torch.stack([losses.detach().double(), tokens.double()], dim=1))

    def formula(self, totals: Sequence[float]) -> float:
        """Perplexity; NaN of no tokens."""
        return float(torch.tensor(super().formula(totals), dtype=torch.float64).exp())
