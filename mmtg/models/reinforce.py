"""REINFORCE: how a reward for whole poems trains the generator (img2poem reference, sections 1.4 and 1.6).

A poem is drawn freely from the generator, the discriminators judge it when it is complete, and the logarithm of each
of its tokens' probabilities is pushed by the reward less a baseline. Letters of shapes: N texts, L positions, V tokens.
"""

import math

import torch
from torch import Tensor

from mmtg.errors import InputError

BASELINES = ("none", "mean", "moving")


def until_end(ids: Tensor, end: int) -> Tensor:
    """Which tokens belong to the text: the first end token does, what follows it does not.

    Args:
        ids: int64 [N, L], behind the start token.
        end: the end token.

    Returns:
        bool [N, L].
    """
    ends = ids == end
    return ends.cumsum(dim=1) - ends.long() == 0  # no end before


def token_log_probabilities(logits: Tensor, ids: Tensor, floor: float) -> Tensor:
    """Logarithms of the probabilities of given tokens.

    Args:
        logits: [N, L, V].
        ids: int64 [N, L].
        floor: probabilities below it count as it, and have no gradient; above 0 (published: 1e-20).

    Returns:
        [N, L] nats.
    """
    chosen = torch.log_softmax(logits, dim=2).gather(2, ids[..., None]).squeeze(2)
    return chosen.clamp(min=math.log(floor))


def reward_terms(log_probabilities: Tensor, advantage: Tensor) -> Tensor:
    """What each token adds: -log p * advantage. The ports train on the sum of these, padding included.

    Args:
        log_probabilities: [N, L].
        advantage: [N], or [N, L] for one at each token; no gradient goes through it.

    Returns:
        [N, L].
    """
    return -log_probabilities * advantage.detach().reshape(len(advantage), -1)


def reward_loss(log_probabilities: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
    """The loss of the TensorFlow release: the sum over a text's own tokens, divided by how many all texts have.

    Args:
        log_probabilities: [N, L].
        advantage: [N], reward less baseline; or [N, L].
        mask: bool [N, L], see ``until_end``.

    Returns:
        A number.
    """
    return (reward_terms(log_probabilities, advantage) * mask).sum() / mask.sum().clamp(min=1)


def reward(paired: Tensor | None, poetic: Tensor | None, weight: float) -> Tensor:
    """R = weight * P(paired) + (1 - weight) * P(poetic); one alone where the other discriminator is off.

    Args:
        paired: [N] probabilities of the multi-modal discriminator, or None.
        poetic: [N] probabilities of the poem-style discriminator, or None.
        weight: lambda, from 0 to 1.

    Returns:
        [N].

    Raises:
        InputError: both are off, or the weight is out of its range.
    """
    if not 0 <= weight <= 1:
        raise InputError(f"the weight of the multi-modal discriminator is {weight}; must be from 0 to 1")
    if paired is not None and poetic is not None:
        return weight * paired + (1 - weight) * poetic
    alone = poetic if paired is None else paired
    if alone is None:
        raise InputError("both discriminators are off, so there is no reward to train on")
    return alone


def baseline(rewards: Tensor, kind: str, moving: float = 0.0) -> Tensor:
    """What each text's reward is compared with; none depends on the text itself, so the gradient stays unbiased.

    Args:
        rewards: [N].
        kind: "none" for 0; "mean", the mean reward of the other texts, 0 if there is no other; "moving".
        moving: the value of "moving", a mean of earlier rewards that the caller keeps.

    Returns:
        [N], without gradient.

    Raises:
        InputError: an unknown kind.
    """
    rewards = rewards.detach()
    if kind == "none":
        return torch.zeros_like(rewards)
    if kind == "mean":
        return (rewards.sum() - rewards) / max(len(rewards) - 1, 1)
    if kind == "moving":
        return torch.full_like(rewards, moving)
    raise InputError(f"the baseline '{kind}' is unknown; choose {', '.join(BASELINES)}")
