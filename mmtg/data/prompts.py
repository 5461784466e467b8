"""Keywords and lines as token sequences: what GPT-2 and T5 read and write (Image2Poem reference, section 4).

A text is S *segments*, each with keywords of its own: a quatrain is one segment of four lines, as published; of an
experience each step is a segment with its picture's keywords, or all is one segment with the keywords of all pictures.

Letters of shapes: B texts, S segments, C characters of a segment's keywords, L tokens of a text, N pairs, E and M
tokens of their sources and targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from mmtg.data.prompt_vocabulary import PROMPT, PromptVocabulary


class Kind(IntEnum):
    """What a token is in its sequence."""

    PAD = 0
    MARK = 1  # [CLS] and [EOS] of the prompt
    HEAD = 2  # the words in front of the keywords
    KEYWORD = 3
    PREFIX = 4  # a place that the mapping network fills
    CHARACTER = 5  # of a line
    BAR = 6  # end of a line that another one follows
    END = 7  # [SEP], the end of a segment


@dataclass(frozen=True)
class Sequences:
    """Token ids and what they are, padded to the right; B or N rows."""

    ids: Tensor  # int64 [B, L]
    kinds: Tensor  # int64 [B, L], of Kind


@dataclass(frozen=True)
class Pairs:
    """What T5 reads, and the line it is to write after it."""

    sources: Sequences  # [N, E]
    targets: Tensor  # int64 [N, M], [CLS] line [EOS] [SEP], padded to the right
    text: Tensor  # int64 [N], which of the B texts a pair is of
    segment: Tensor  # int64 [N]


Row = list[tuple[int, Kind]]
Ids = Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """Makes the sequences.

    Args:
        vocabulary: gives the ids.
        segments: S.
        lines: of a text, in equal shares for the segments.
        prefix: places for the mapping network's vectors, which take the place of the keywords; 0 for keywords.
        doubled_end: two [EOS] behind the keywords in front of T5's first line, as published in training (but not in
            writing); False is consistent.
    """

    vocabulary: PromptVocabulary
    segments: int
    lines: int
    prefix: int = 0
    doubled_end: bool = False

    @property
    def lines_per_segment(self) -> int:
        """Lines of a segment."""
        return self.lines // self.segments

    def segment_of(self, line: int) -> int:
        """The segment that a line belongs to."""
        return line // self.lines_per_segment

    def prompt(self, keywords: Ids) -> Row:
        """``[CLS]关键词：K[EOS]`` of keywords [C], or the prefix in the place of all but the marks."""
        vocabulary = self.vocabulary
        if self.prefix:
            inner = [(vocabulary.mask, Kind.PREFIX)] * self.prefix
        else:
            inner = [(i, Kind.HEAD) for i in vocabulary.encode(PROMPT)] + [(i, Kind.KEYWORD) for i in keywords]
        return [(vocabulary.start, Kind.MARK), *inner, (vocabulary.eos, Kind.MARK)]

    def text(self, keywords: Sequence[Ids], lines: Sequence[Ids]) -> Row:
        """GPT-2's sequence of a text: prompt, lines with bars between them, [SEP]; once for each segment."""
        row: Row = []
        for s, own in enumerate(keywords):
            row += self.prompt(own)
            for i in range(self.lines_per_segment):
                line = s * self.lines_per_segment + i
                row += [(token, Kind.CHARACTER) for token in lines[line]]
                row.append(self.line_end(line))
        return row

    def line_end(self, line: int) -> tuple[int, Kind]:
        """What follows a line in GPT-2's sequence: a bar, or [SEP] after the last of a segment."""
        last = (line + 1) % self.lines_per_segment == 0
        return (self.vocabulary.sep, Kind.END) if last else (self.vocabulary.bar, Kind.BAR)

    def source(self, keywords: Ids, before: Sequence[Ids], *, doubled: bool = False) -> Row:
        """T5's input for a line: the prompt, all lines before it with [EOS] behind each, [SEP].

        Args:
            keywords: [C] of the line's segment.
            before: the lines before it, of all segments.
            doubled: whether the first line's prompt ends twice.

        Returns:
            The row.
        """
        eos = (self.vocabulary.eos, Kind.MARK)
        row = self.prompt(keywords)
        row += [eos] if doubled and not before else []
        for line in before:
            row += [*((token, Kind.CHARACTER) for token in line), eos]
        return [*row, (self.vocabulary.sep, Kind.MARK)]

    def target(self, line: Ids) -> list[int]:
        """T5's output for a line: ``[CLS]L[EOS][SEP]``."""
        vocabulary = self.vocabulary
        return [vocabulary.start, *line, vocabulary.eos, vocabulary.sep]

    def texts(self, keywords: Tensor, lines: Sequence[Sequence[Ids]]) -> Sequences:
        """GPT-2's sequences of B texts.

        Args:
            keywords: int64 [B, S, C], padded.
            lines: [B] texts, each a list of lines of ids.

        Returns:
            [B, L].
        """
        rows = [self.text(own, text) for own, text in zip(self.unpadded(keywords), lines, strict=True)]
        return self.stack(rows, keywords.device)

    def pairs(
        self, keywords: Tensor, lines: Sequence[Sequence[Ids]], chosen: Sequence[Sequence[int]] | None = None
    ) -> Pairs:
        """T5's pairs of B texts, one for each line.

        Args:
            keywords: int64 [B, S, C], padded.
            lines: [B] texts, each a list of lines of ids.
            chosen: [B] numbers of the lines to make pairs of; all if not given.

        Returns:
            N pairs, text by text.
        """
        sources, targets, places = [], [], []
        for b, (own, text) in enumerate(zip(self.unpadded(keywords), lines, strict=True)):
            for i in range(self.lines) if chosen is None else chosen[b]:
                segment = self.segment_of(i)
                sources.append(self.source(own[segment], text[:i], doubled=self.doubled_end))
                targets.append([(token, Kind.CHARACTER) for token in self.target(text[i])])
                places.append((b, segment))
        device = keywords.device
        where = torch.tensor(places, device=device).reshape(-1, 2)  # [N, 2]
        return Pairs(self.stack(sources, device), self.stack(targets, device).ids, where[:, 0], where[:, 1])

    def unpadded(self, keywords: Tensor) -> list[list[list[int]]]:
        """Keywords [B, S, C] without their padding."""
        pad = self.vocabulary.pad
        return [[[i for i in own if i != pad] for own in text] for text in keywords.tolist()]

    def stack(self, rows: Sequence[Row], device: torch.device) -> Sequences:
        """Rows as tensors, padded to the right."""
        length = max(map(len, rows), default=0)
        table = np.zeros((len(rows), length, 2), dtype=np.int64)
        table[..., 0], table[..., 1] = self.vocabulary.pad, Kind.PAD
        for place, row in zip(table, rows, strict=True):
            if row:
                place[: len(row)] = row
        both = torch.from_numpy(table).to(device)
        return Sequences(both[..., 0].contiguous(), both[..., 1].contiguous())
