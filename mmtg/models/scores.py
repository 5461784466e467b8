"""What a model says of a batch's tokens: their losses, and scores of the vocabulary where somebody asks for them."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from mmtg.data.layout import IGNORE
from mmtg.losses import token_losses


@dataclass
class Scores:
    """Of L positions of B texts."""

    hidden: Tensor  # [B, L, D], after the last layer norm
    head: Callable[[Tensor], Tensor]  # [..., D] -> [..., V]
    losses: Tensor  # [B, L] cross-entropy of each label in nats, 0 where none is predicted

    @classmethod
    def of(cls, hidden: Tensor, head: Callable[[Tensor], Tensor], labels: Tensor) -> "Scores":
        """Applies the output layer to the positions that have a label, and to no others.

        Args:
            hidden: [B, L, D].
            head: the output layer.
            labels: int64 [B, L], IGNORE where none is predicted.

        Returns:
            The scores.
        """
        labelled = labels != IGNORE  # [B, L]
        if bool(labelled.all()):  # as in ``slots``, where padding is predicted too
            return cls(hidden, head, token_losses(head(hidden), labels))
        found = token_losses(head(hidden[labelled])[None], labels[labelled][None])[0]  # [n]
        return cls(hidden, head, found.new_zeros(labels.shape).masked_scatter(labelled, found))

    @property
    def logits(self) -> Tensor:
        """All scores, [B, L, V]."""
        return self.head(self.hidden)
