"""Texts of lines as the sequences that a recurrent generator writes: line break and end are tokens.

Letters of shapes: B texts, S segments of each, N = B * S sequences, L positions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad as pad_to

from mmtg.data.line_vocabulary import LineVocabulary
from mmtg.data.prompt_layout import PromptLayout

Lines = Sequence[Sequence[int]]
"""The ids of each line of a text."""


@dataclass(frozen=True)
class Sequences:
    """N texts behind their start tokens.

    Attributes:
        ids: int64 [N, L], from the first token of the text through its end token, then padding.
        lengths: int64 [N], tokens with the end token.
    """

    ids: Tensor
    lengths: Tensor

    @property
    def mask(self) -> Tensor:
        """Bool [N, L], where a sequence's own tokens stand."""
        return torch.arange(self.ids.shape[1], device=self.ids.device)[None] < self.lengths[:, None]

    def select(self, rows: Tensor) -> "Sequences":
        """Some of the sequences, by an int64 or bool tensor."""
        return Sequences(self.ids[rows], self.lengths[rows])

    def after_start(self, start: int) -> Tensor:
        """What a generator is fed: the start token, then all but the last position: int64 [N, L]."""
        first = torch.full_like(self.ids[:, :1], start)
        return torch.cat([first, self.ids[:, :-1]], dim=1)


def segments_of(targets: Tensor, layout: PromptLayout, segments: int) -> list[Lines]:
    """The lines of each segment of B texts.

    Args:
        targets: int64 [B, L] as the layout places them.
        layout: of the texts.
        segments: S; lines are dealt out evenly, and lines that are missing at the end of a text are left out.

    Returns:
        [N] segments, those of a text one behind the other.
    """
    share = layout.lines // segments
    texts = [layout.lines_of(row) for row in targets.tolist()]
    return [[line for line in text[s * share : (s + 1) * share] if line] for text in texts for s in range(segments)]


def sequences(texts: Sequence[Lines], vocabulary: LineVocabulary, *, longest: int, device: torch.device) -> Sequences:
    """Texts as sequences, cut off at so many tokens with their end token.

    Args:
        texts: [N] texts.
        vocabulary: gives line break, end and padding.
        longest: most tokens of a sequence.
        device: of the tensors.

    Returns:
        The sequences.
    """
    rows = []
    for lines in texts:
        row = [token for line in lines for token in [*line, vocabulary.line]][:-1]
        rows.append([*row[: longest - 1], vocabulary.end])
    length = max(map(len, rows), default=1)
    padded = [row + [vocabulary.pad] * (length - len(row)) for row in rows]
    lengths = torch.tensor([len(row) for row in rows], device=device)
    return Sequences(torch.tensor(padded, dtype=torch.int64, device=device).reshape(len(rows), length), lengths)


def together(kinds: Mapping[int, Sequences], pad: int) -> tuple[Sequences, Tensor]:
    """Sequences of several kinds as one.

    Args:
        kinds: by label.
        pad: fills up the shorter ones.

    Returns:
        All sequences, and their labels, int64.
    """
    length = max(texts.ids.shape[1] for texts in kinds.values())
    ids = [pad_to(texts.ids, (0, length - texts.ids.shape[1]), value=pad) for texts in kinds.values()]
    lengths = [texts.lengths for texts in kinds.values()]
    labels = [torch.full_like(texts.lengths, label) for label, texts in kinds.items()]
    return Sequences(torch.cat(ids), torch.cat(lengths)), torch.cat(labels)


def lines_in(ids: Sequence[int], vocabulary: LineVocabulary) -> Lines:
    """The lines of a written sequence, cut at its end token; empty lines stay."""
    lines: list[list[int]] = [[]]
    for token in ids:
        if token in (vocabulary.end, vocabulary.pad):
            break
        if token == vocabulary.line:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines
