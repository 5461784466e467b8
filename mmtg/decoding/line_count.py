"""Which tokens may come next in a text whose line breaks are tokens: how many lines, how long, and what never.

Letters of shapes: R texts being written, V tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.errors import InputError


@dataclass(frozen=True)
class Progress:
    """How far R texts are.

    Args:
        breaks: int64 [R], line breaks so far.
        width: int64 [R], tokens in the line at hand.
        ended: bool [R], whether the end token has come.
    """

    breaks: Tensor
    width: Tensor
    ended: Tensor

    def select(self, rows: Tensor) -> "Progress":
        """The progress of some texts, an int64 tensor; rows may repeat."""
        return Progress(self.breaks[rows], self.width[rows], self.ended[rows])


class LineCount:
    """The rules of texts.

    With ``lines`` given, a text has exactly so many, none of them empty: it breaks only between them, ends only behind
    the last, and leaves room for what must still come. Without, it breaks and ends where the model likes.

    Args:
        end: the token that ends a text.
        newline: the token that ends a line that another follows.
        pad: what stands behind the end.
        banned: tokens that are never written.
        length: positions of a text, its end token among them.
        lines: how many a text has; None for any.
        line_tokens: most tokens of a line; None for any.

    Raises:
        InputError: the lines do not fit into the length, a number is below 1, or two of the tokens are the same.
    """

    def __init__(
        self,
        *,
        end: int,
        newline: int,
        pad: int,
        banned: Sequence[int],
        length: int,
        lines: int | None,
        line_tokens: int | None,
    ) -> None:
        for name, number in {"lines": lines, "line_tokens": line_tokens}.items():
            if number is not None and number < 1:
                raise InputError(f"{name} is {number}; must be at least 1")
        if len({end, newline, pad}) < 3:
            raise InputError(f"end, line break and padding are {end}, {newline} and {pad}; must be three tokens")
        if lines is not None and length < 2 * lines:
            raise InputError(f"a text has {length} positions; {lines} lines take at least {2 * lines}")
        self.end, self.newline, self.pad, self.banned = end, newline, pad, list(banned)
        self.length, self.lines, self.line_tokens = length, lines, line_tokens

    def start(self, count: int, device: torch.device) -> Progress:
        """Texts with nothing in them."""
        none = torch.zeros(count, dtype=torch.int64, device=device)
        return Progress(none, none, none.bool())

    def forbidden(self, progress: Progress, place: int, tokens: int) -> Tensor:
        """What may not stand at a place; behind the end only padding may.

        Args:
            progress: of R texts.
            place: number of the place, the same for all.
            tokens: V.

        Returns:
            bool [R, V].
        """
        count, device = len(progress.breaks), progress.breaks.device
        forbidden = torch.zeros(count, tokens, dtype=torch.bool, device=device)
        forbidden |= self._full(progress, place)[:, None]
        forbidden[:, self.newline], forbidden[:, self.end] = self._no_break(progress)
        forbidden[:, self.banned] = True
        forbidden[progress.ended] = True
        forbidden[:, self.pad] = ~progress.ended
        return forbidden

    def _full(self, progress: Progress, place: int) -> Tensor:
        """Whether the line at hand must end, for its own length or to leave room for the lines to come: [R]."""
        full = torch.zeros_like(progress.ended)
        if self.line_tokens is not None:
            full = progress.width >= self.line_tokens
        if self.lines is not None:
            needed = 1 + 2 * (self.lines - 1 - progress.breaks)  # this line's end, and each later line's token and end
            full = full | (self.length - place - 1 < needed)
        return full

    def _no_break(self, progress: Progress) -> tuple[Tensor, Tensor]:
        """Where a line break may not stand, and where the end may not: each [R]."""
        if self.lines is None:
            allowed = torch.zeros_like(progress.ended)
            return allowed, allowed
        empty, last = progress.width == 0, progress.breaks == self.lines - 1
        return empty | last, empty | ~last

    def advance(self, progress: Progress, token: Tensor) -> Progress:
        """The progress when a token [R] more has been written."""
        broke = token == self.newline
        ended = progress.ended | (token == self.end)
        width = torch.where(broke, 0, progress.width + 1)
        return Progress(progress.breaks + broke.long(), width, ended)
