"""Several texts in one: which of them a token belongs to, and its place (generate-it reference, section 2.5).

A text is so many lines. Line breaks tell where one ends; or each has a slot, all of one length. Letters of shapes: B
experiences, R tokens of the lines, N texts, S tokens of a slot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Texts:
    """How lines make texts.

    Attributes:
        count: N.
        lines: of a text.
        line: the token that ends a line.
        restart: whether places count within a text; else from the start token on.
        slot: S; None where line breaks tell.
    """

    count: int
    lines: int
    line: int
    restart: bool
    slot: int | None = None

    def number(self, breaks: Tensor) -> Tensor:
        """The text, 0..N-1, of tokens with so many line breaks up to them, their own among them."""
        return (breaks // self.lines).clamp(max=self.count - 1)

    def numbers(self, lines: Tensor) -> Tensor:
        """The text of each token of lines [B, R]; the start token belongs to the first, a break to the line behind it.

        So the place whose state foretells a token is of the token's own text.
        """
        if self.slot is not None:
            before = torch.arange(lines.shape[1], device=lines.device) - 1
            return (before.clamp(min=0) // self.slot).clamp(max=self.count - 1).expand_as(lines)
        return self.number((lines == self.line).cumsum(dim=1))

    def places(self, lines: Tensor) -> Tensor:
        """The place of each token of lines [B, R]; where they restart, 0 of what begins a text, start or break."""
        order = torch.arange(lines.shape[1], device=lines.device).expand_as(lines)
        if not self.restart:
            return order
        own = self.numbers(lines)
        begins = own != torch.cat([own[:, :1], own[:, :-1]], dim=1)
        if self.slot is not None:  # nothing stands between slots
            return order - torch.where(begins, order - 1, 0).cummax(dim=1).values
        return order - torch.where(begins, order, 0).cummax(dim=1).values

    def since(self, since: Tensor, count: int, breaks: Tensor, then: Tensor) -> Tensor:
        """The place that a token's text counts from.

        Args:
            since: int64 [B], the same of the token before it.
            count: of tokens before it.
            breaks: int64 [B], line breaks before it.
            then: int64 [B], with its own.

        Returns:
            int64 [B].
        """
        return torch.where(self.number(then) != self.number(breaks), count, since) if self.restart else since

    def in_slots(self, lines: Tensor, *, end: int, pad: int) -> Tensor:
        """Texts in their slots, the end token behind each to the end of its slot.

        Args:
            lines: int64 [B, R], from the start token, line breaks between lines, padding behind.
            end: the token.
            pad: the token of padding.

        Returns:
            int64 [B, 1 + N * S].
        """
        assert self.slot is not None
        told = replace(self, slot=None, restart=True)
        own, places, dropped = told.numbers(lines), told.places(lines), self.count * self.slot + 1
        kept = (lines != pad) & (places > 0) & (places <= self.slot)
        columns = torch.where(kept, own * self.slot + places, dropped)
        slots = torch.full((len(lines), dropped + 1), end, device=lines.device).scatter(1, columns, lines)
        slots[:, 0] = lines[:, 0]
        return slots[:, :dropped]
