"""Texts and experiences as the metrics see them: n-grams are counted once and shared by all metrics."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from mmtg.units import CHARACTERS

JOINT = "，"
"""Joins the lines of a text; a token like any other (MMTG reference, section 9.1)."""

LINE_BREAK = "\n"
"""Stands between the lines of a text of words, a token like any other (img2poem reference, section 2.1)."""

Gram = str | tuple[str, ...]
"""An n-gram: a piece of a string of characters, or a tuple of words."""


def ngrams(tokens: Sequence[str], n: int) -> list[Gram]:
    """All n-grams in order; none if there are fewer than n tokens.

    Args:
        tokens: a string, whose characters are the tokens, or a sequence of words.
        n: order.

    Returns:
        Strings of n characters, or tuples of n words.
    """
    if isinstance(tokens, str):
        return [tokens[i : i + n] for i in range(len(tokens) - n + 1)]
    return list(zip(*(tokens[i:] for i in range(n)), strict=False))


class Text:
    """A text's tokens and lines, with its n-gram counts.

    Args:
        tokens: a string, whose characters are the tokens, or a sequence of words.
        lines: the text's lines, empty ones included; they matter only to metrics of lines.
    """

    def __init__(self, tokens: Sequence[str], lines: Sequence[str] = ()) -> None:
        self.tokens = tokens if isinstance(tokens, str) else tuple(tokens)
        self.lines = tuple(lines)
        self._counts: dict[int, Counter[Gram]] = {}

    @classmethod
    def of_string(cls, text: str, unit: str = CHARACTERS) -> "Text":
        """A line of the authors' files, lines parted by full-width commas; in characters or words."""
        text = text.strip()
        return cls(text, text.split(JOINT)) if unit == CHARACTERS else cls.of_lines(text.split(JOINT), unit)

    @classmethod
    def of_lines(cls, lines: Sequence[str], unit: str = CHARACTERS) -> "Text":
        """Lines as a line of the authors' files: empty lines leave their comma, except at the end.

        Args:
            lines: of the text.
            unit: ``characters``; or ``words``, with line breaks in the place of the commas.

        Returns:
            The text.
        """
        if unit == CHARACTERS:
            return cls(JOINT.join(lines).rstrip(JOINT).strip(), lines)
        return cls(_words(lines), lines)

    @classmethod
    def of_words(cls, text: str) -> "Text":
        """Words parted by white space."""
        return cls(text.split(), text.split("\n"))

    def __len__(self) -> int:
        return len(self.tokens)

    def counts(self, n: int) -> Counter[Gram]:
        """How often each n-gram occurs; not to be changed."""
        if n not in self._counts:
            self._counts[n] = Counter(ngrams(self.tokens, n))
        return self._counts[n]

    @cached_property
    def dense(self) -> "Text":
        """The text without blanks."""
        if not any(token.isspace() for token in self.tokens):
            return self
        tokens = [token for token in self.tokens if not token.isspace()]
        return Text("".join(tokens) if isinstance(self.tokens, str) else tokens, self.lines)

    @cached_property
    def string(self) -> str:
        """The text as one string."""
        return self.tokens if isinstance(self.tokens, str) else " ".join(self.tokens)


def _words(lines: Sequence[str]) -> list[str]:
    """Words with a line break behind each line but the last one that has any."""
    words = [word for line in lines for word in (*line.split(), LINE_BREAK)]
    while words and words[-1] == LINE_BREAK:
        words.pop()
    return words


@dataclass(frozen=True, eq=False)
class Item:
    """An experience as the metrics see it.

    Attributes:
        hypotheses: the texts written for it.
        references: the true texts; none if they are not known.
        plan: per step the names of the concepts its lines speak of; None if it is not known.
    """

    hypotheses: tuple[Text, ...]
    references: tuple[Text, ...] = ()
    plan: tuple[tuple[str, ...], ...] | None = None

    @cached_property
    def _matches(self) -> dict[tuple[int, int], int]:
        return {}

    @cached_property
    def _wanted(self) -> dict[int, Counter[Gram]]:
        return {}

    def wanted(self, n: int) -> Counter[Gram]:
        """The most times each n-gram occurs in any one reference; not to be changed."""
        if n not in self._wanted:
            self._wanted[n] = reduce(Counter.__or__, (reference.counts(n) for reference in self.references))
        return self._wanted[n]

    def matches(self, index: int, n: int) -> int:
        """N-grams of hypothesis ``index`` that occur in a reference, each at most as often as in any one reference."""
        if (index, n) not in self._matches:
            have, want = self.hypotheses[index].counts(n), self.wanted(n)
            self._matches[index, n] = sum(min(have[gram], want[gram]) for gram in have.keys() & want.keys())
        return self._matches[index, n]
