"""Tokens hidden to be predicted, as BERT does."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Masking:
    """How tokens are hidden; at least one of each text that has one.

    Attributes:
        rate: share of the tokens of a text that are predicted.
        masked: share of these that become the mask's token.
        random: share that become any token; the rest stay.
        mask: the mask's token.
        tokens: V.

    Raises:
        InputError: a number does not fit.
    """

    rate: float
    masked: float = 0.8
    random: float = 0.1
    mask: int
    tokens: int

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1 or min(self.masked, self.random) < 0 or self.masked + self.random > 1:
            raise InputError("shares must be in 0..1, together at most 1", field="model.masked")
        if not 0 <= self.mask < self.tokens:
            raise InputError(f"the mask's token {self.mask} is none of {self.tokens}", field="model.masked")

    def hide(self, ids: Tensor, open_to: Tensor) -> tuple[Tensor, Tensor]:
        """Hide some tokens.

        Args:
            ids: int64 [N, R].
            open_to: bool [N, R], where a token may be hidden.

        Returns:
            The tokens with some hidden, and where, bool [N, R].
        """
        counts = (open_to.sum(1) * self.rate).round().clamp(min=1)  # [N]
        order = torch.rand(ids.shape, device=ids.device).masked_fill(~open_to, 2).argsort(1).argsort(1)
        chosen = (order < counts[:, None]) & open_to
        draw = torch.rand(ids.shape, device=ids.device)
        hidden = torch.where(draw < self.masked, self.mask, ids)
        other = torch.randint_like(ids, self.tokens)
        hidden = torch.where((draw >= self.masked) & (draw < self.masked + self.random), other, hidden)
        return torch.where(chosen, hidden, ids), chosen
