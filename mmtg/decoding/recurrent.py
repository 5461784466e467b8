"""Texts in slots by a recurrent network, which remembers what it has passed in one vector for each text.

Letters of shapes: N texts, A of them, M tokens, F what is heard of an experience, H what is remembered, V tokens of the
vocabulary.
"""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from mmtg.decoding.settings import DecodingSettings


class Recurrent(Protocol):
    """A network that hears one more token of each text; ``layout=compact`` shows it in training what it passes here."""

    def start(self, heard: Tensor, /) -> Tensor:
        """What N texts begin with, [N, H], of what is heard, [N, F]."""

    def step(self, heard: Tensor, ids: Tensor, places: Tensor, state: Tensor, /) -> tuple[Tensor, Tensor]:
        """Hears a token of each of A texts.

        Args:
            heard: [A, F].
            ids: int64 [A].
            places: int64 [A] lyric positions, which say what step the token belongs to (``layout.step_of_position``).
            state: [A, H], what was remembered.

        Returns:
            Scores [A, V] of what follows, and what is remembered now, [A, H].
        """


@dataclass
class RecurrentWriter:
    """A recurrent network with what it writes about; see :class:`mmtg.decoding.writer.SlotWriter`."""

    model: Recurrent
    heard: Tensor  # [N, F]
    tokens: int  # V

    def select(self, rows: Tensor) -> "RecurrentWriter":
        """The writer of some of the texts."""
        return RecurrentWriter(self.model, self.heard[rows], self.tokens)

    def begin(self, room: int, settings: DecodingSettings) -> "RecurrentPass":
        """Nothing stands in front of the lines."""
        return RecurrentPass(self)


class RecurrentPass:
    """Texts on their way; see :class:`mmtg.decoding.writer.SlotPass`.

    Args:
        writer: what is written about.
    """

    def __init__(self, writer: RecurrentWriter) -> None:
        self.model, self.heard, self.rows = writer.model, writer.heard, writer.tokens
        self.state = writer.model.start(writer.heard)  # [N, H]

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, rows: Tensor) -> Tensor:
        """Passes tokens on, one of each text at a time; scores of what follows the last of each text."""
        texts, counts = rows.unique_consecutive(return_counts=True)  # [A]
        first = counts.cumsum(0) - counts
        scores = self.heard.new_zeros(len(texts), self.rows)
        for turn in range(int(counts.max())):
            going = counts > turn
            at, own = first[going] + turn, texts[going]
            scores[going], self.state[own] = self.model.step(self.heard[own], ids[at], places[at], self.state[own])
        return scores
