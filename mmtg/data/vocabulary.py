"""Text to token ids and back.

Every vocabulary has the same special tokens, found by name. Ids 0 to 4 are never ordinary tokens: the published
layout adds rows 0 to 4 of the word embedding as token types (MMTG reference, section 2.5).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmtg.errors import InputError

PAD, START, EOS, UNK, SEP = "[PAD]", "[#START#]", "[#EOS#]", "[UNK]", "[SEP]"
_HEAD = (PAD, START, EOS, "[unused3]", "[unused4]", UNK, SEP)  # ids 0..6 of vocabularies made here
_DROPPED = re.compile("[ \n\t\r\u00a0\u3000]")  # what the published data set deletes from a line


def clean_line(text: str, *, keep_spaces: bool) -> str:
    """A line without white space, as published, or with single spaces between its words.

    Args:
        text: the line.
        keep_spaces: keep spaces inside it, one at most in a row.

    Returns:
        The line, cleaned (MMTG reference, section 1.4).
    """
    return " ".join(text.split()) if keep_spaces else _DROPPED.sub("", text)


class Vocabulary:
    """Tokens with ids; the base of the three kinds below.

    Args:
        tokens: all tokens, in the order of their ids, the special ones among them.
        keep_spaces: keep spaces inside a text (one at most in a row); else they are deleted, as published.

    Raises:
        InputError: a special token is missing.
    """

    kind = "characters"
    names = (PAD, START, EOS, UNK, SEP)  # of the special tokens, in the order of the attributes below

    def __init__(self, tokens: Sequence[str], *, keep_spaces: bool = False) -> None:
        self.tokens = list(tokens)
        self.keep_spaces = keep_spaces
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        missing = [token for token in self.names if token not in self._ids]
        if missing:
            raise InputError(f"the vocabulary lacks {', '.join(missing)}")
        self.pad, self.start, self.eos, self.unk, self.sep = (self._ids[token] for token in self.names)
        self.specials = {self.pad, self.start, self.eos, self.unk, self.sep}

    def __len__(self) -> int:
        return len(self.tokens)

    def clean(self, text: str) -> str:
        """The text without the white space that is not kept."""
        return clean_line(text, keep_spaces=self.keep_spaces)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, cleaned; unknown tokens become UNK."""
        return [self._ids.get(character, self.unk) for character in self.clean(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens vanish."""
        return "".join(self.tokens[i] for i in ids if i not in self.specials)

    def texts(self) -> list[str]:
        """Each token as text, for an encoder; special tokens as their names."""
        return self.tokens

    def special_tokens(self) -> set[str]:
        """Entries of :meth:`texts` that are no text."""
        return {token for token in self.tokens if re.fullmatch(r"\[.+\]", token)}

    def to_plain(self) -> dict[str, Any]:
        """Plain data from which :func:`vocabulary_from_plain` makes the same vocabulary again."""
        return {"kind": self.kind, "tokens": self.tokens, "keep_spaces": self.keep_spaces}


class BertVocabulary(Vocabulary):
    """A ``vocab.txt`` in BERT's order, split as BERT does (lower case, Chinese by character, else WordPiece)."""

    kind = "bert"

    def __init__(self, tokens: Sequence[str], *, keep_spaces: bool = False) -> None:
        super().__init__(tokens, keep_spaces=keep_spaces)
        self._bert = wordpiece_tokenizer(self._ids)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, cleaned; unknown tokens become UNK."""
        return [self._ids[token] for token in self._bert.tokenize(self.clean(text))]

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """:meth:`encode` of some texts at once, which takes a fifth of the time."""
        if not texts:
            return []
        split = self._bert([self.clean(text) for text in texts], add_special_tokens=False).encodings
        return [[self._ids[token] for token in text.tokens] for text in split]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens vanish and WordPieces join."""
        return joined_wordpieces([self.tokens[i] for i in ids if i not in self.specials], keep_spaces=self.keep_spaces)

    def texts(self) -> list[str]:
        """Each token as text, for an encoder; WordPieces without their mark."""
        return [re.sub(r"^##(?=.)", "", token) for token in self.tokens]


def wordpiece_tokenizer(ids: Mapping[str, int]) -> Any:
    """BERT's tokenizer of a vocabulary: lower case, Chinese by character, else WordPiece."""
    from transformers import BertTokenizer

    return BertTokenizer(vocab=dict(ids), do_lower_case=True)


def joined_wordpieces(pieces: Iterable[str], *, keep_spaces: bool) -> str:
    """WordPieces as text, with spaces between words or without any."""
    separator = " " if keep_spaces else ""
    return separator.join(pieces).replace(separator + "##", "")


class TokenizerVocabulary(Vocabulary):
    """Any Hugging Face tokenizer, behind the seven special tokens used here: id = 7 + the tokenizer's id.

    Args:
        serialized: the tokenizer as JSON text (``tokenizer.json``).
        keep_spaces: as in :class:`Vocabulary`.
    """

    kind = "tokenizer"

    def __init__(self, serialized: str, *, keep_spaces: bool = True) -> None:
        from tokenizers import Tokenizer

        self._serialized = serialized
        self._tokenizer = Tokenizer.from_str(serialized)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        pieces = [self._tokenizer.id_to_token(i) or f"[hole{i}]" for i in range(self._tokenizer.get_vocab_size())]
        super().__init__([*_HEAD, *(f"\0{piece}" for piece in pieces)], keep_spaces=keep_spaces)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, cleaned, without the tokenizer's own special tokens."""
        ids = self._tokenizer.encode(self.clean(text), add_special_tokens=False).ids
        return [len(_HEAD) + i for i in ids]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, joined by the tokenizer's own rules."""
        own = [i - len(_HEAD) for i in ids if i >= len(_HEAD)]
        return self.clean(self._tokenizer.decode(own, skip_special_tokens=True))

    def texts(self) -> list[str]:
        """Each token as text, for an encoder."""
        own = range(self._tokenizer.get_vocab_size())
        decoded = [self._tokenizer.decode([i], skip_special_tokens=False).strip() for i in own]
        return [*_HEAD, *decoded]

    def special_tokens(self) -> set[str]:
        """Entries of :meth:`texts` that are no text."""
        return {*_HEAD, ""}

    def to_plain(self) -> dict[str, Any]:
        """Plain data, the tokenizer's JSON among it."""
        return {"kind": self.kind, "serialized": self._serialized, "keep_spaces": self.keep_spaces}


def character_vocabulary(characters: Iterable[str], *, keep_spaces: bool = False) -> Vocabulary:
    """A vocabulary of single characters, sorted, behind the special tokens.

    Args:
        characters: characters or texts; duplicates are fine.
        keep_spaces: whether a space is a token.

    Returns:
        The vocabulary.
    """
    found = {character for text in characters for character in text}
    if not keep_spaces:
        found = {character for character in found if not _DROPPED.match(character)}
    return Vocabulary([*_HEAD, *sorted(found)], keep_spaces=keep_spaces)


def read_vocabulary(path: Path, *, keep_spaces: bool, field: str = "data.vocabulary") -> Vocabulary:
    """A ``vocab.txt`` file, or a folder with a ``tokenizer.json``.

    Args:
        path: the file or folder.
        keep_spaces: whether spaces inside a text are kept.
        field: the setting that names the path, for messages.

    Returns:
        The vocabulary.

    Raises:
        InputError: there is no such file, or it is not of these kinds.
    """
    if path.is_dir():
        serialized = path / "tokenizer.json"
        if serialized.is_file():
            return TokenizerVocabulary(serialized.read_text(encoding="utf-8"), keep_spaces=keep_spaces)
        return TokenizerVocabulary(_slow_tokenizer(path), keep_spaces=keep_spaces)
    return BertVocabulary(read_tokens(path, field=field), keep_spaces=keep_spaces)


def read_tokens(path: Path, *, field: str = "data.vocabulary") -> list[str]:
    """The tokens of a ``vocab.txt``, one a line, whatever ends its lines.

    Args:
        path: the file.
        field: the setting that names the path, for messages.

    Returns:
        The tokens, in the order of their ids.

    Raises:
        InputError: there is no such file, or it is not UTF-8.
    """
    if not path.is_file():
        raise InputError("no such vocabulary file or tokenizer folder", file=path, field=field)
    try:
        lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")  # a token may be a Unicode line break
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8", file=path, field=field) from None
    return [line.removesuffix("\r") for line in lines]


def _slow_tokenizer(path: Path) -> str:
    """The JSON text of a tokenizer folder of an older kind."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        return str(tokenizer.backend_tokenizer.to_str())
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"is no tokenizer folder ({error})", file=path, field="data.vocabulary") from error


def vocabulary_from_plain(plain: dict[str, Any]) -> Vocabulary:
    """The vocabulary that :meth:`Vocabulary.to_plain` described."""
    from mmtg.data.line_vocabulary import LineVocabulary
    from mmtg.data.post_vocabulary import PostVocabulary
    from mmtg.data.prompt_vocabulary import PromptVocabulary

    known = (Vocabulary, BertVocabulary, TokenizerVocabulary, PromptVocabulary, LineVocabulary, PostVocabulary)
    kinds = {kind.kind: kind for kind in known}
    content = plain["serialized"] if plain["kind"] == "tokenizer" else plain["tokens"]
    options = {name: plain[name] for name in ("keep_spaces", "unit") if name in plain}
    vocabulary: Vocabulary = kinds[plain["kind"]](content, **options)
    return vocabulary
