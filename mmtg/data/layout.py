"""The ``slots`` and ``compact`` token layouts: where every token of a text stands (MMTG reference, section 1.7).

A line is a slot of ``line_tokens + 2`` positions: START, tokens, padding, EOS; a last position holds SEP. In front
of the lines stands the topic prompt. Padding keeps its positions, so that token o of line s always stands at
``s * (line_tokens + 2) + o``. ``compact`` leaves the padding out, and each token keeps its position: since nothing
may listen to padding, what remains is computed as in ``slots``, at the cost of the tokens alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import numpy as np

from mmtg.data.vocabulary import Vocabulary
from mmtg.errors import InputError

IGNORE = -100
"""Label where no token is predicted."""


@dataclass(frozen=True)
class Tokens:
    """A stretch of the decoder's input; P or L tokens."""

    ids: np.ndarray  # int64 [L]
    mask: np.ndarray  # int64 [L], 0 at padding
    types: np.ndarray  # int64 [L], 0 at structure and padding


@dataclass(frozen=True)
class Lines(Tokens):
    """A text; L tokens."""

    places: np.ndarray  # int64 [L], lyric position of each token
    labels: np.ndarray  # int64 [L], the token at the next position


@dataclass(frozen=True, kw_only=True)
class Layout(ABC):
    """Sizes that all layouts share, and the topic prompt.

    Args:
        vocabulary: gives the ids.
        steps: experience steps, T.
        lines_per_step: lines that belong to a step.
        line_tokens: room for tokens in a line; longer lines are cut.
        topic_tokens: positions of the topic prompt, P; longer prompts are cut.
        prompt: text in front of the topic.
        step_types: token type of each step's lines.

    Raises:
        InputError: ``step_types`` does not have one type for each step.
    """

    kind: ClassVar[str]
    vocabulary: Vocabulary = field(repr=False)
    steps: int
    lines_per_step: int
    line_tokens: int
    topic_tokens: int
    prompt: str
    step_types: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.step_types) != self.steps:
            raise InputError(
                f"has {len(self.step_types)} types, but data.steps is {self.steps}",
                field="data.layout.step_types",
            )

    @property
    def lines(self) -> int:
        """Lines of a text."""
        return self.steps * self.lines_per_step

    @property
    @abstractmethod
    def length(self) -> int:
        """Lyric positions, L."""

    @abstractmethod
    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """A text's tokens."""

    @abstractmethod
    def decode_lines(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The lines' texts of [L] ids."""

    def encode_topic(self, topic: str) -> Tokens:
        """The topic prompt, [P]: type 1 at tokens, padded to the right."""
        found = self.vocabulary.encode(self.prompt + topic)[: self.topic_tokens]
        ids = np.full(self.topic_tokens, self.vocabulary.pad, dtype=np.int64)
        ids[: len(found)] = found
        mask = (np.arange(self.topic_tokens) < len(found)).astype(np.int64)
        return Tokens(ids=ids, mask=mask, types=mask.copy())

    def to_plain(self) -> dict[str, Any]:
        """Plain data from which the layout can be made again, but for the vocabulary."""
        sizes = {name: value for name, value in vars(self).items() if name != "vocabulary"}
        return {**sizes, "kind": self.kind, "step_types": list(self.step_types)}


@dataclass(frozen=True, kw_only=True)
class SlotsLayout(Layout):
    """The published layout: 221 positions for ten lines of 20 tokens."""

    kind: ClassVar[str] = "slots"

    @property
    def slot(self) -> int:
        """Positions of a line, START and EOS included."""
        return self.line_tokens + 2

    @property
    def length(self) -> int:
        """Positions of all lines and SEP, L (published: 221)."""
        return self.lines * self.slot + 1

    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """The lines, [L]; missing lines are empty slots. Padding is predicted too, as published."""
        ids = np.array(self.structure)
        mask = (ids != self.vocabulary.pad).astype(np.int64)
        types = np.zeros(self.length, dtype=np.int64)
        for s, line in enumerate(lines[: self.lines]):
            found = self.vocabulary.encode(line)[: self.line_tokens]
            place = slice(s * self.slot + 1, s * self.slot + 1 + len(found))
            ids[place], mask[place], types[place] = found, 1, self.step_types[s // self.lines_per_step]
        labels = np.append(ids[1:], IGNORE)
        return Lines(ids=ids, mask=mask, types=types, places=np.arange(self.length), labels=labels)

    def decode_lines(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The lines' texts of [L] ids; a line ends at its first padding."""
        lines = []
        for s in range(self.lines):
            row = [int(i) for i in ids[s * self.slot + 1 : s * self.slot + 1 + self.line_tokens]]
            end = row.index(self.vocabulary.pad) if self.vocabulary.pad in row else len(row)
            lines.append(self.vocabulary.decode(row[:end]))
        return lines

    @property
    def structure(self) -> np.ndarray:
        """Ids [L] of a text of empty lines: START, padding, EOS, and SEP at the end."""
        ids = np.full((self.lines, self.slot), self.vocabulary.pad, dtype=np.int64)
        ids[:, 0], ids[:, -1] = self.vocabulary.start, self.vocabulary.eos
        return np.append(ids.reshape(-1), self.vocabulary.sep)

    @property
    def step_of_position(self) -> np.ndarray:
        """Step [L] whose experience a position hears; T at SEP, which hears none."""
        return np.arange(self.length) // (self.slot * self.lines_per_step)


@dataclass(frozen=True, kw_only=True)
class CompactLayout(SlotsLayout):
    """The layout ``slots`` without its padding: of P and L, those positions that hold something.

    The last token of a line predicts what follows it in ``slots``, padding or EOS: the loss counts one end of each
    line, and none of the padding behind it.
    """

    kind: ClassVar[str] = "compact"

    def encode_topic(self, topic: str) -> Tokens:
        """The topic prompt, at most P tokens."""
        return _without_padding(super().encode_topic(topic))

    def encode_lines(self, lines: Sequence[str]) -> Lines:
        """The lines, at most L tokens, each with its place."""
        return _without_padding(super().encode_lines(lines))


Stretch = TypeVar("Stretch", bound=Tokens)


def _without_padding(tokens: Stretch) -> Stretch:
    kept = tokens.mask > 0
    return type(tokens)(**{name: values[kept] for name, values in vars(tokens).items()})
