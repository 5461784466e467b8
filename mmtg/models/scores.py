"""Scores of a vocabulary that are computed where they are asked for, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from mmtg.data.layout import IGNORE
from mmtg.losses import token_losses


@dataclass
class Scores:
    """What follows each of a batch's positions: the output layer, not yet applied."""

    hidden: Tensor  # [B, L, D], after the last layer norm
    head: Callable[[Tensor], Tensor]  # [..., D] -> [..., V]

    @property
    def logits(self) -> Tensor:
        """All scores, [B, L, V]."""
        return self.head(self.hidden)

    def losses(self, labels: Tensor) -> Tensor:
        """Cross-entropy of each token; positions without a label are never scored.

        Args:
            labels: int64 [B, L], IGNORE where none is predicted.

        Returns:
            [B, L] nats, 0 where none is predicted.
        """
        labelled = labels != IGNORE  # [B, L]
        if bool(labelled.all()):  # as in ``slots``, where padding is predicted too
            return token_losses(self.logits, labels)
        found = token_losses(self.head(self.hidden[labelled])[None], labels[labelled][None])[0]  # [n]
        return found.new_zeros(labels.shape).masked_scatter(labelled, found)
