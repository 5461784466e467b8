"""The character tokenizer of keyword-to-poem language models (Image2Poem reference, section 4)."""

from collections import Counter
from collections.abc import Iterable, Sequence

from mmtg.data.vocabulary import Vocabulary
from mmtg.errors import InputError

PROMPT = "关键词："
"""What stands in front of the keywords; the colon is full-width."""

LINE_BAR = "|"
"""Between lines, as in CCPC."""

SPACE = " "
"""Between keywords in the text that is counted; encoding drops it, so that no model sees where a keyword ends."""

SPECIALS = ("[PAD]", "[UNK]", "[SEP]", "[CLS]", "[MASK]", "[EOS]")  # ids 0 to 5


class PromptVocabulary(Vocabulary):
    """Single characters behind the published special tokens.

    ``[CLS]`` starts a text, ``[EOS]`` ends a line or the keywords, ``[SEP]`` ends the text: ``start``, ``eos`` and
    ``sep``. ``mask`` and ``bar`` are the ids of ``[MASK]`` and of the bar between lines.

    Args:
        tokens: all tokens, in the order of their ids, :data:`SPECIALS` first.
        keep_spaces: keep spaces inside a text; else they are dropped, as published.

    Raises:
        InputError: the special tokens do not come first, or there is no bar.
    """

    kind = "prompt"
    names = ("[PAD]", "[CLS]", "[EOS]", "[UNK]", "[SEP]")

    def __init__(self, tokens: Sequence[str], *, keep_spaces: bool = False) -> None:
        super().__init__(tokens, keep_spaces=keep_spaces)
        if tuple(tokens[: len(SPECIALS)]) != SPECIALS or LINE_BAR not in self._ids:
            raise InputError(f"the vocabulary must begin with {' '.join(SPECIALS)} and hold '{LINE_BAR}'")
        self.mask, self.bar = self._ids["[MASK]"], self._ids[LINE_BAR]
        self.specials |= {self.mask}

    def encode_each(self, texts: Iterable[str]) -> list[int]:
        """Ids of several texts, one behind the other."""
        return [token for text in texts for token in self.encode(text)]


def prompt_vocabulary(
    poems: Iterable[tuple[Sequence[str], Sequence[str]]], *, more: Iterable[str] = (), keep_spaces: bool = False
) -> PromptVocabulary:
    """The vocabulary of a corpus: its characters by falling frequency, ties by code point.

    Counted are the prompt, the keywords with the spaces between them, and the lines with the bars between them, as
    published.

    Args:
        poems: (keywords, lines) of each poem.
        more: further texts whose characters come last, if the corpus has not got them.
        keep_spaces: keep spaces inside a text.

    Returns:
        The vocabulary.
    """
    counts: Counter[str] = Counter()
    for keywords, lines in poems:
        counts.update(PROMPT + SPACE.join(keywords) + LINE_BAR.join(lines))
    known = sorted(counts, key=lambda character: (-counts[character], character))
    rest = {*LINE_BAR, *SPACE, *PROMPT, *(character for text in more for character in text)}
    return PromptVocabulary([*SPECIALS, *known, *sorted(rest - set(known))], keep_spaces=keep_spaces)
