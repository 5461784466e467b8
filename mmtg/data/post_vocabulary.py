"""The vocabulary of CroMIC-CMT and its peers: BERT's special tokens, and one for line breaks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmtg.data.vocabulary import Vocabulary, clean_line, joined_wordpieces, read_tokens, wordpiece_tokenizer
from mmtg.errors import InputError
from mmtg.units import CHARACTERS, WORDS, check_unit

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[LINE]")  # ids 0 to 5 of vocabularies made here
UNUSED_LINE = "[unused1]"
"""Ends a line in vocabularies of BERT, which have no token of their own for it."""


class PostVocabulary(Vocabulary):
    """Characters, words, or the WordPieces of a BERT vocabulary.

    ``start`` ([CLS]) stands in front of a text, ``line`` (also ``eos``) ends a line, ``end`` ([SEP], also ``sep``) ends
    the text; ``mask`` hides a token.

    Args:
        tokens: all tokens, in the order of their ids, the special ones among them.
        keep_spaces: keep spaces inside a text; else they are deleted. Words are always parted by them.
        unit: ``words`` where tokens are whole words; else ``characters``, or WordPieces where one is marked as such.

    Raises:
        InputError: a special token is missing, or there is no such unit.
    """

    kind = "posts"

    def __init__(self, tokens: Sequence[str], *, keep_spaces: bool = False, unit: str = CHARACTERS) -> None:
        check_unit(unit, field="unit")
        line = "[LINE]" if "[LINE]" in tokens else UNUSED_LINE
        self.names = ("[PAD]", "[CLS]", line, "[UNK]", "[SEP]")
        super().__init__(tokens, keep_spaces=keep_spaces or unit == WORDS)
        self.unit = unit
        self.line, self.end = self.eos, self.sep
        if "[MASK]" not in self._ids:
            raise InputError("the vocabulary lacks [MASK]")
        self.mask = self._ids["[MASK]"]
        self.specials = {*self.specials, self.mask}
        pieces = unit == CHARACTERS and any(token.startswith("##") for token in tokens)
        self._bert = wordpiece_tokenizer(self._ids) if pieces else None

    def encode(self, text: str) -> list[int]:
        """Ids of a text, without special tokens but for UNK, which stands for all that is not known.

        A special token's name in a text is text like any other.
        """
        if self.unit == WORDS:
            ids = (self._ids.get(word, self.unk) for word in text.split())
            return [self.unk if i in self.specials else i for i in ids]
        if self._bert is None:
            return [self._ids.get(character, self.unk) for character in self.clean(text)]
        return [self._ids[token] for token in self._bert.tokenize(text, split_special_tokens=True)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens vanish and WordPieces join."""
        if self.unit == WORDS:
            return " ".join(self.tokens[i] for i in ids if i not in self.specials)
        return joined_wordpieces([self.tokens[i] for i in ids if i not in self.specials], keep_spaces=self.keep_spaces)

    def lines(self, ids: Sequence[int]) -> list[str]:
        """The lines of ids up to their end."""
        ids = ids[: ids.index(self.end)] if self.end in ids else ids
        rows: list[list[int]] = [[]]
        for token in ids:
            rows.append([]) if token == self.line else rows[-1].append(token)
        return [self.decode(row) for row in rows]

    def special_tokens(self) -> set[str]:
        """Entries of :meth:`texts` that are no text."""
        return {self.tokens[i] for i in self.specials}

    def to_plain(self) -> dict[str, Any]:
        """Plain data from which ``vocabulary_from_plain`` makes the same vocabulary again."""
        return super().to_plain() | ({"unit": WORDS} if self.unit == WORDS else {})


def post_vocabulary(texts: Iterable[str], *, keep_spaces: bool = False) -> PostVocabulary:
    """The vocabulary of the characters of some texts, sorted, behind the special tokens.

    Args:
        texts: characters or texts; duplicates are fine.
        keep_spaces: whether a space is a token.

    Returns:
        The vocabulary.
    """
    found = {character for text in texts for character in clean_line(text, keep_spaces=keep_spaces)}
    return PostVocabulary([*SPECIALS, *sorted(found)], keep_spaces=keep_spaces)


def post_words(texts: Iterable[str], *, least_count: int) -> PostVocabulary:
    """The vocabulary of the words of some texts, by falling frequency, ties by code point, behind the special tokens.

    Args:
        texts: read once.
        least_count: words that stand fewer times in the texts are unknown.

    Returns:
        The vocabulary.
    """
    counts = Counter(word for text in texts for word in text.split())
    often = [word for word, times in counts.items() if times >= least_count and word not in SPECIALS]
    known = sorted(often, key=lambda word: (-counts[word], word))
    return PostVocabulary([*SPECIALS, *known], keep_spaces=True, unit=WORDS)


def read_post_vocabulary(path: Path, *, keep_spaces: bool = False, field: str = "data.vocabulary") -> PostVocabulary:
    """The vocabulary of a ``vocab.txt`` as BERT's.

    Args:
        path: the file, or a folder that has it.
        keep_spaces: whether spaces inside a text are kept.
        field: the setting that names the path, for messages.

    Returns:
        The vocabulary.

    Raises:
        InputError: there is no such file, or it lacks a special token.
    """
    file = path / "vocab.txt" if path.is_dir() else path
    tokens = read_tokens(file, field=field)
    try:
        return PostVocabulary(tokens, keep_spaces=keep_spaces)
    except InputError as error:
        raise InputError(str(error), file=file, field=field) from None
