"""Losses of the systems."""

import torch
from torch import Tensor
from torch.nn import functional

from mmtg.data.layout import IGNORE


def token_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of each token.

    Args:
        logits: [B, L, V] scores for each position's token.
        labels: [B, L] the tokens, IGNORE where none is predicted.

    Returns:
        [B, L] nats, 0 where none is predicted.
    """
    flat = functional.cross_entropy(
        logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORE, reduction="none"
    )
    return flat.view_as(labels)


def sequence_mean(losses: Tensor, labels: Tensor) -> Tensor:
    """Mean loss [B] of each sequence over the positions that have a label; losses and labels are [B, L]."""
    return losses.sum(dim=1) / (labels != IGNORE).sum(dim=1)


def sequence_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each sequence over the positions that have a label.

    Args:
        logits: [B, L, V] scores for each position's token.
        labels: [B, L] the tokens, IGNORE where none is predicted. In the layout ``slots`` padding has labels too.

    Returns:
        [B], nats per position (MMTG reference, section 3.2).
    """
    return sequence_mean(token_losses(logits, labels), labels)


def contrastive_likelihood(cross_entropy: Tensor, positive: Tensor, *, epsilon: float = 1e-10) -> Tensor:
    """The loss of curriculum negative sampling for each sequence.

    With p = exp(-CE), the geometric mean of the token probabilities, the loss is -log(p + epsilon) for a positive
    and -log(1 - p + epsilon) for a negative experience (MMTG reference, section 3.2).

    Args:
        cross_entropy: [B] of each sequence.
        positive: [B] bool.
        epsilon: keeps the logarithm finite; the published value.

    Returns:
        [B].
    """
    p = torch.exp(-cross_entropy)
    return torch.where(positive, -torch.log(p + epsilon), -torch.log(1 - p + epsilon))


def echo_distance(vectors: Tensor, heard: Tensor, positive: Tensor) -> Tensor:
    """Mean squared distance of positive experiences' vectors from those of their lines.

    Args:
        vectors: [B, T, W] experience vectors.
        heard: [B, T, W] what each step's lines sound like to the encoder.
        positive: [B] bool.

    Returns:
        A number; 0 if nothing is positive.
    """
    distance = (vectors - heard).square().sum(dim=2).mean(dim=1)  # [B]
    return (distance * positive).sum() / positive.sum().clamp(min=1)


def smoothed_losses(scores: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy with a target that gives its own class 1 - smoothing, and each other class the same share.

    Args:
        scores: [M, C].
        labels: int64 [M].
        smoothing: what the other classes share.

    Returns:
        [M] nats.
    """
    told = torch.log_softmax(scores.float(), dim=1)
    own = told.gather(1, labels[:, None]).squeeze(1)
    others = (told.sum(dim=1) - own) / max(1, scores.shape[1] - 1)
    return -(1 - smoothing) * own - smoothing * others
