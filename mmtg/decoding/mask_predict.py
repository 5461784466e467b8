"""Mask-predict: everything at once, then the least sure of it anew, in a few iterations (generate-it reference, 3.2).

Letters of shapes: B items, C places of each, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.errors import InputError

Scorer = Callable[[Tensor, Tensor], Tensor]
"""Gives scores [B, C, K] of what is at each place, from the classes int64 [B, C] and where they are hidden, [B, C]."""


@dataclass(frozen=True)
class Filled:
    """What mask-predict made.

    Attributes:
        ids: int64 [B, C].
        scores: [B, C, K] that each place was last filled by; its gradient reaches the scorer.
        hidden: by iteration, how many places of each item were predicted, int64 [B].
    """

    ids: Tensor
    scores: Tensor
    hidden: list[Tensor]


def mask_predict(score: Scorer, ids: Tensor, open_to: Tensor, *, iterations: int) -> Filled:
    """Fills places in, the likeliest class at each.

    Behind each pass the places whose class is least probable in that pass are hidden again, whether they were filled
    in it or before; after pass i of I a share of (I - i) / I of all is hidden.

    Args:
        score: predicts; called once an iteration.
        ids: int64 [B, C], of the places that stay as they are; anything at the others.
        open_to: bool [B, C], places to fill in.
        iterations: I.

    Returns:
        The classes, nothing hidden.

    Raises:
        InputError: no iteration.
    """
    if iterations < 1:
        raise InputError(f"is {iterations}; must be at least 1", field="model.iterations")
    hidden, counts, kept, passes = open_to, open_to.sum(dim=1), None, []
    for i in range(1, iterations + 1):
        scores = score(ids, hidden)  # [B, C, K]
        found = scores.detach().softmax(dim=-1).max(dim=-1)
        ids = torch.where(hidden, found.indices, ids)
        kept = scores if kept is None else torch.where(hidden[..., None], scores, kept)
        passes.append(hidden.sum(dim=1))
        again = counts * (iterations - i) // iterations  # [B]
        hidden = _least(found.values, open_to, again)
        if not hidden.any():
            break
    assert kept is not None
    return Filled(ids, kept, passes)


def _least(probabilities: Tensor, open_to: Tensor, counts: Tensor) -> Tensor:
    """The open places of least probability, so many in each row: bool [B, C]."""
    order = probabilities.float().masked_fill(~open_to, 2).argsort(dim=1, stable=True).argsort(dim=1)
    return (order < counts[:, None]) & open_to
