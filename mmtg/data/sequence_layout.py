"""Layouts without slots, for systems that decide themselves where a line ends.

``sequence``: START, the lines with an EOS behind each, SEP, padding to the full length (MMTG reference, section 6,
images2poem). ``segments``: one such sequence for each step, one behind the other (five passes of GPT-2, "5gpt").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmtg.data.layout import IGNORE, Layout, Lines


@dataclass(frozen=True, kw_only=True)
class SequenceLayout(Layout):
    """All lines in one sequence (published: 220 positions, of which at most 212 are used)."""

    kind: ClassVar[str] = "sequence"

    @property
    def length(self) -> int:
        """Positions of all lines with their ends, START, SEP and some room, L."""
        return self.lines * (self.line_tokens + 2)

    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """The lines, [L]. Padding is predicted too, as published."""
        return self._encode(lines[: self.lines], self.length)

    def _encode(self, lines: Sequence[str], length: int) -> Lines:
        vocabulary = self.vocabulary
        found = [vocabulary.start]
        for line in lines:
            found += [*vocabulary.encode(line)[: self.line_tokens], vocabulary.eos]
        found.append(vocabulary.sep)
        ids = np.full(length, vocabulary.pad, dtype=np.int64)
        ids[: len(found)] = found
        labels = np.append(ids[1:], IGNORE)
        ones, zeros = np.ones_like(ids), np.zeros_like(ids)
        return Lines(ids=ids, mask=ones, types=zeros, places=np.arange(length), labels=labels)

    def decode_lines(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The lines' texts of [L] ids, up to SEP or the last line; lines that are missing are empty."""
        return self._decode(ids, self.lines)

    def _decode(self, ids: Sequence[int] | np.ndarray, lines: int) -> list[str]:
        texts = [self.vocabulary.decode(row) for row in self._rows([int(i) for i in ids])]
        return (texts + [""] * lines)[:lines]

    def _rows(self, ids: Sequence[int]) -> Iterator[list[int]]:
        """The tokens of each line."""
        row: list[int] = []
        for token in ids:
            if token == self.vocabulary.sep:
                break
            if token == self.vocabulary.eos:
                yield row
                row = []
            elif token not in (self.vocabulary.start, self.vocabulary.pad):
                row.append(token)
        if row:
            yield row


@dataclass(frozen=True, kw_only=True)
class SegmentsLayout(SequenceLayout):
    """A sequence for each step."""

    kind: ClassVar[str] = "segments"

    @property
    def segment(self) -> int:
        """Positions of a step's lines with their ends, START and SEP, S."""
        return self.lines_per_step * (self.line_tokens + 1) + 2

    @property
    def length(self) -> int:
        """Positions of all segments, L = T * S."""
        return self.steps * self.segment

    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """The lines, [L]; places count anew in each segment."""
        per_step = self.lines_per_step
        parts = [self._encode(lines[k * per_step : (k + 1) * per_step], self.segment) for k in range(self.steps)]
        return Lines(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})

    def decode_lines(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The lines' texts of [L] ids."""
        starts = range(0, self.length, self.segment)
        return [line for s in starts for line in self._decode(ids[s : s + self.segment], self.lines_per_step)]
