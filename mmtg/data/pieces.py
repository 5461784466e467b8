"""Songs to pieces of a fixed number of lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from mmtg.data.vocabulary import clean_line
from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Cutter:
    """Cleans a song's lines and cuts it into consecutive pieces; lines that are empty when cleaned are left out.

    Args:
        piece_lines: lines of a piece; the last may have fewer.
        least_lines: songs with fewer are dropped.
        most_lines: songs with more are dropped; None for no limit.
        least_last_lines: with fewer, the last of several pieces is dropped.
        keep_spaces: keep spaces between words.

    Raises:
        InputError: the numbers contradict each other.
    """

    piece_lines: int
    least_lines: int
    most_lines: int | None
    least_last_lines: int
    keep_spaces: bool

    def __post_init__(self) -> None:
        if self.least_lines < 1:
            raise InputError(f"must be at least 1, not {self.least_lines}", field="data.least_lines")
        if self.most_lines is not None and self.most_lines < self.least_lines:
            what = f"is {self.most_lines}, but data.least_lines is {self.least_lines}"
            raise InputError(what, field="data.most_lines")

    def pieces(self, lines: Iterator[str]) -> Iterator[tuple[str, ...]]:
        """Yield the pieces of a song; without ``most_lines`` no more is held than a piece or ``least_lines``."""
        filled = (line for raw in lines if (line := clean_line(raw, keep_spaces=self.keep_spaces)))
        known = list(islice(filled, self.least_lines if self.most_lines is None else self.most_lines + 1))
        if len(known) < self.least_lines or (self.most_lines is not None and len(known) > self.most_lines):
            return
        rest = chain(known, filled)
        yield tuple(islice(rest, self.piece_lines))
        while piece := tuple(islice(rest, self.piece_lines)):
            if len(piece) >= min(self.least_last_lines, self.piece_lines):
                yield piece
