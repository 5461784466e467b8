"""Poems with keywords: given with them, or found in their lines.

Letters of shapes: B poems, S segments, C characters of a segment's keywords.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.data.batch import TextBatch
from mmtg.data.module import PoemDataset, text_tensors
from mmtg.data.prompt_layout import PromptLayout
from mmtg.data.prompt_vocabulary import PromptVocabulary
from mmtg.data.splits import Poem, Poems


@dataclass
class KeywordBatch(TextBatch):
    """B poems with the keywords of their segments."""

    keywords: Tensor  # int64 [B, S, C], characters of the keywords, one behind the other, padded to the right


@dataclass(frozen=True)
class KeywordFinder:
    """Finds the keywords of a poem's segments.

    Attributes:
        words: the closed set, for poems that bring no keywords of their own.
        segments: S; keywords that a poem brings are of all of it, and serve where there is one segment.
        most: keywords that are taken of a segment's lines.
    """

    words: Collection[str]
    segments: int
    most: int

    def of(self, poem: Poem) -> list[list[str]]:
        """The keywords of each segment: those of the poem, or the words that stand in the segment's lines."""
        if self.segments == 1 and poem.keywords:
            return [list(poem.keywords)]
        words = poem.keywords or self.words
        share = len(poem.lines) // self.segments
        return [
            words_within(poem.lines[s * share : (s + 1) * share], words, most=self.most) for s in range(self.segments)
        ]


def words_within(lines: Sequence[str], words: Collection[str], *, most: int) -> list[str]:
    """The words that stand in the lines, in order, each once; of words that overlap the longer one.

    Args:
        lines: to look through.
        words: to look for; a set is fast.
        most: how many are taken.

    Returns:
        At most so many words.
    """
    longest = max(map(len, words), default=0)
    found: dict[str, None] = {}
    for line in lines:
        place = 0
        while place < len(line):
            length = next((n for n in range(longest, 0, -1) if line[place : place + n] in words), 0)
            if length:
                found[line[place : place + length]] = None
            place += length or 1
    return list(found)[:most]


class KeywordPoemDataset(PoemDataset):
    """Poems with keywords as model input, a batch at a time.

    Args:
        poems: the records.
        layout: places the tokens of the lines.
        finder: finds the keywords.
    """

    def __init__(self, poems: Poems, layout: PromptLayout, finder: KeywordFinder) -> None:
        super().__init__(poems, layout)
        self.finder = finder

    def __getitems__(self, indices: Sequence[int]) -> KeywordBatch:  # type: ignore[override]
        """The batch of some poems."""
        rows = [self.poems[i] for i in indices]
        tokens = text_tensors(indices, [row.topic for row in rows], [row.lines for row in rows], self.layout)
        vocabulary = self.layout.vocabulary
        assert isinstance(vocabulary, PromptVocabulary)
        return KeywordBatch(**tokens, keywords=keyword_tensor([self.finder.of(row) for row in rows], vocabulary))


def keyword_tensor(keywords: Sequence[Sequence[Sequence[str]]], vocabulary: PromptVocabulary) -> Tensor:
    """Keywords [B][S] of texts as ids, int64 [B, S, C], padded to the right; borders between keywords are not kept."""
    rows = [[vocabulary.encode_each(own) for own in text] for text in keywords]
    length = max((len(own) for text in rows for own in text), default=0)
    padded = [[own + [vocabulary.pad] * (length - len(own)) for own in text] for text in rows]
    segments = len(rows[0]) if rows else 0
    return torch.tensor(padded, dtype=torch.int64).reshape(len(rows), segments, length)


def counted_texts(poems: Poems, finder: KeywordFinder) -> Iterator[tuple[list[str], Sequence[str]]]:
    """(keywords, lines) of each poem, for its characters to be counted."""
    for poem in poems:
        yield [word for own in finder.of(poem) for word in own], poem.lines
