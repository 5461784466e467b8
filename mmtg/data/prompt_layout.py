"""The layout of texts that are told in prompts: their lines alone; what else stands there, ``Prompts`` adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmtg.data.layout import IGNORE, Layout, Lines
from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class PromptLayout(Layout):
    """Lines with an EOS behind each, without padding."""

    kind: ClassVar[str] = "prompts"

    @property
    def length(self) -> int:
        """Positions of the longest text, L."""
        return self.lines * (self.line_tokens + 1)

    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """The lines, at most L tokens; types are 1 at characters and 0 at EOS."""
        found = [self.vocabulary.encode(line)[: self.line_tokens] for line in lines[: self.lines]]
        ids = np.array([token for line in found for token in [*line, self.vocabulary.eos]], dtype=np.int64)
        types = np.array([kind for line in found for kind in [1] * len(line) + [0]], dtype=np.int64)
        labels = np.append(ids[1:], IGNORE)[: len(ids)]
        return Lines(ids=ids, mask=np.ones_like(ids), types=types, places=np.arange(len(ids)), labels=labels)

    def lines_of(self, ids: Sequence[int] | np.ndarray) -> list[list[int]]:
        """The ids of each line of [L] ids; lines that are missing are empty."""
        lines: list[list[int]] = [[]]
        for token in (int(i) for i in ids):
            if token == self.vocabulary.eos:
                lines.append([])
            elif token != self.vocabulary.pad:
                lines[-1].append(token)
        return (lines + [[]] * self.lines)[: self.lines]

    def decode_lines(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The lines' texts of [L] ids."""
        return [self.vocabulary.decode(line) for line in self.lines_of(ids)]


def prompt_layout(layout: Layout) -> PromptLayout:
    """The layout, for systems that write behind prompts.

    Args:
        layout: of a system or its data.

    Returns:
        The same.

    Raises:
        InputError: it is another one.
    """
    if not isinstance(layout, PromptLayout):
        raise InputError(f"is {layout.kind}, but this model writes behind prompts", field="layout")
    return layout
