"""The vocabulary of systems that write a text as one sequence, in which a line break is a token like any other.

img2poem writes so (img2poem reference, sections 1.4 and 2.4): English poems are words, Chinese ones characters.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from mmtg.data.vocabulary import Vocabulary, clean_line
from mmtg.errors import InputError
from mmtg.units import WORDS, check_unit

SPECIALS = ("[PAD]", "[UNK]", "[START]", "[END]", "[LINE]")  # ids 0 to 4


class LineVocabulary(Vocabulary):
    """Words or characters behind five special tokens.

    ``start`` stands in front of a text, ``line`` (also ``eos``) ends a line, ``end`` (also ``sep``) ends the text.

    Args:
        tokens: all tokens, in the order of their ids, :data:`SPECIALS` first.
        unit: ``characters`` or ``words``.
        keep_spaces: keep spaces inside a text of characters; words are always parted by them.

    Raises:
        InputError: the special tokens do not come first, or there is no such unit.
    """

    kind = "lines"
    names = ("[PAD]", "[START]", "[LINE]", "[UNK]", "[END]")

    def __init__(self, tokens: Sequence[str], *, unit: str, keep_spaces: bool = False) -> None:
        check_unit(unit, field="unit")
        if tuple(tokens[: len(SPECIALS)]) != SPECIALS:
            raise InputError(f"the vocabulary must begin with {' '.join(SPECIALS)}")
        self.unit = unit
        super().__init__(tokens, keep_spaces=keep_spaces or unit == WORDS)
        self.line, self.end = self.eos, self.sep

    def encode(self, text: str) -> list[int]:
        """Ids of a line, without special tokens but for UNK, which stands for all that is not known."""
        ids = (self._ids.get(token, self.unk) for token in split_line(text, self.unit, keep_spaces=self.keep_spaces))
        return [self.unk if i in self.specials else i for i in ids]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, words with a space between them; special tokens vanish."""
        joint = " " if self.unit == WORDS else ""
        return joint.join(self.tokens[i] for i in ids if i not in self.specials)

    def special_tokens(self) -> set[str]:
        """Entries of :meth:`texts` that are no text; a word in square brackets is one."""
        return set(SPECIALS)

    def to_plain(self) -> dict[str, Any]:
        """Plain data from which ``vocabulary_from_plain`` makes the same vocabulary again."""
        return {**super().to_plain(), "unit": self.unit}


def split_line(line: str, unit: str, *, keep_spaces: bool = False) -> Sequence[str]:
    """The words of a line, or its characters.

    Args:
        line: any text.
        unit: ``words`` or ``characters``.
        keep_spaces: whether a space is a character.

    Returns:
        The tokens, in order.
    """
    return line.split() if unit == WORDS else clean_line(line, keep_spaces=keep_spaces)


def line_vocabulary(
    texts: Iterable[Sequence[str]],
    *,
    unit: str,
    least_count: int,
    more: Iterable[str] = (),
    keep_spaces: bool = False,
) -> LineVocabulary:
    """The vocabulary of some texts: its tokens by falling frequency, ties by code point.

    Args:
        texts: the lines of each text; they are read once.
        unit: ``words`` or ``characters``.
        least_count: tokens that stand fewer times in the texts are unknown.
        more: further lines; their tokens come last, however rare, if the texts have not brought them.
        keep_spaces: whether a space is a character; words have none.

    Returns:
        The vocabulary.
    """
    check_unit(unit, field="unit")
    counts = Counter(token for lines in texts for token in _tokens(lines, unit, keep_spaces))
    often = [token for token, times in counts.items() if times >= least_count and token not in SPECIALS]
    known = sorted(often, key=lambda token: (-counts[token], token))
    rest = set(_tokens(more, unit, keep_spaces)) - {*known, *SPECIALS}
    return LineVocabulary([*SPECIALS, *known, *sorted(rest)], unit=unit, keep_spaces=keep_spaces)


def _tokens(lines: Iterable[str], unit: str, keep_spaces: bool) -> Iterable[str]:
    return (token for line in lines for token in split_line(line, unit, keep_spaces=keep_spaces))
