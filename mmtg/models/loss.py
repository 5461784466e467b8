"""A batch's loss and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.data.batch import Batch
from mmtg.losses import contrastive_likelihood, sequence_mean
from mmtg.models.scores import Scores


@dataclass
class Loss:
    """A batch's loss, and its parts by their logged names; a part may be the mean over fewer items."""

    total: Tensor  # scalar, mean over the batch's items
    parts: dict[str, tuple[Tensor, int]]  # name -> (mean, number of items)
    items: int | None = None  # what the total is the mean over, where that is not the batch's items
    some: Sequence[tuple[Tensor, int]] = ()  # further terms of the loss: means over some items each, and how many

    def add(self, name: str, value: Tensor, items: int, *, weight: float, trained: bool) -> None:
        """Adds a weighted part; one that is not trained is added all the same, without its gradient."""
        self.parts[name] = (value, items)
        self.total = self.total + weight * (value if trained else value.detach())


def likelihood_loss(scores: Scores, batch: Batch, positive_from: int, structure: Tensor) -> Loss:
    """Mean contrastive likelihood of a batch.

    Its parts are of the positives alone: ``lm_loss`` is their cross-entropy, ``token_loss`` that of their texts' own
    tokens, whose exponential is the perplexity per character.

    Args:
        scores: [B, L - 1, V] for the labels but the last.
        batch: B experiences.
        positive_from: least rating that counts as positive.
        structure: ids that are no tokens of a text.

    Returns:
        The loss.
    """
    labels, positive = batch.labels[:, :-1], batch.rating >= positive_from
    losses = scores.losses  # [B, L - 1]
    cross_entropy = sequence_mean(losses, labels)  # [B]
    count = int(positive.sum())
    lm_loss = (cross_entropy * positive).sum() / max(1, count)
    parts = {"lm_loss": (lm_loss, count), "token_loss": written_loss(losses, labels, positive, structure)}
    return Loss(contrastive_likelihood(cross_entropy, positive).mean(), parts)


def written_loss(losses: Tensor, labels: Tensor, counted: Tensor, structure: Tensor) -> tuple[Tensor, int]:
    """Mean loss of texts' own tokens, without structure and padding, and how many they are.

    Args:
        losses: [B, L].
        labels: [B, L].
        counted: bool [B], which texts count.
        structure: ids that are no tokens of a text.

    Returns:
        The mean, 0 where nothing is written, and the number of tokens.
    """
    written = ~torch.isin(labels, structure) & counted[:, None]  # [B, L]
    count = int(written.sum())
    return (losses * written).sum() / max(1, count), count
