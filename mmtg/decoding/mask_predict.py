"""Mask-predict: everything at once, then the least sure of it anew, in a few iterations.

Pictures: generate-it reference, section 3.2; texts: section 3.3. Letters of shapes: B items, C places, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.errors import InputError

Scorer = Callable[[Tensor, Tensor], Tensor]
"""Gives scores [B, C, K] of what is at each place, from the classes int64 [B, C] and where they are hidden, [B, C]."""

Chooser = Callable[[Tensor, int], Tensor]
"""Gives classes int64 [B, C] for scores [B, C, K], of a pass by its number."""


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


@torch.no_grad()
def refined(score: Scorer, choose: Chooser, shape: tuple[int, int], *, iterations: int, device: torch.device) -> Tensor:
    """Fills in all places, then ever fewer of the least sure anew, at least one; texts of the diverse variant.

    In pass i of I, counted from 0, a share of (I - i) / I of the places is hidden. How sure a place is: half of what it
    was, and half the probability, in the pass, of the class that stands there; in the first pass, that alone.

    Args:
        score: predicts; called once an iteration.
        choose: classes of the hidden places; what it gives for others does not count.
        shape: B and C.
        iterations: I.
        device: of the classes.

    Returns:
        The classes int64 [B, C], nothing hidden.
    """
    places = torch.ones(shape, dtype=torch.bool, device=device)
    hidden, ids, sure = places, torch.zeros(shape, dtype=torch.int64, device=device), None
    for i in range(iterations):
        scores = score(ids, hidden)  # [B, C, K]
        ids = torch.where(hidden, choose(scores, i), ids)
        now = scores.softmax(dim=-1).gather(2, ids[..., None]).squeeze(2)  # [B, C]
        sure = now if sure is None else (sure + now) / 2
        again = max(1, shape[1] * (iterations - i - 1) // iterations)
        hidden = _least(sure, places, torch.full_like(ids[:, 0], again))
    return ids


def _least(probabilities: Tensor, open_to: Tensor, counts: Tensor) -> Tensor:
    """The open places of least probability, so many in each row: bool [B, C]."""
    order = probabilities.float().masked_fill(~open_to, 2).argsort(dim=1, stable=True).argsort(dim=1)
    return (order < counts[:, None]) & open_to
