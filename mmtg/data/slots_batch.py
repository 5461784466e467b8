"""Many texts to tokens at once, for vocabularies of single characters and BERT's, in ``slots`` and ``compact``.

Gives what the layouts' ``encode_topic`` and ``encode_lines`` give one by one, in array operations over the batch.
Letters of shapes: B texts, P topic positions, L lyric positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mmtg.data.layout import IGNORE, CompactLayout, SlotsLayout
from mmtg.data.vocabulary import BertVocabulary, Vocabulary

_ALONE = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *map(ord, "，。！？：；、"))
"""Characters that BERT leaves as they are and takes for words of their own, whatever stands beside them."""
_OTHER = -2
_DROPPED = np.array([ord(space) for space in " \n\t\r\u00a0\u3000"])


def fits(layout: object) -> bool:
    """Whether texts of a layout can be encoded here."""
    if not isinstance(layout, SlotsLayout) or type(layout) not in (SlotsLayout, CompactLayout):
        return False
    return type(layout.vocabulary) in (Vocabulary, BertVocabulary)


def slots_arrays(topics: Sequence[str], texts: Sequence[Sequence[str]], layout: SlotsLayout) -> dict[str, np.ndarray]:
    """Fields of ``TextBatch`` but for its index.

    Args:
        topics: B topics.
        texts: the lines of B texts.
        layout: ``slots`` or ``compact``, whose vocabulary is of single characters.

    Returns:
        Int64 arrays, [B, P] of the topics and [B, L] of the texts.
    """
    prompts = _grid([layout.prompt + topic for topic in topics], layout.topic_tokens, layout.vocabulary)
    prompt_mask = (prompts >= 0).astype(np.int64)
    pad = layout.vocabulary.pad
    arrays = {"topic_ids": np.where(prompts < 0, pad, prompts), "topic_mask": prompt_mask, "topic_types": prompt_mask}
    arrays |= _lines(texts, layout)
    if not isinstance(layout, CompactLayout):
        return arrays
    fills = {"topic_ids": pad, "targets": pad, "labels": IGNORE}
    return {
        name: _to_the_left(values, arrays["topic_mask" if name[:5] == "topic" else "target_mask"], fills.get(name, 0))
        for name, values in arrays.items()
    }


def _lines(texts: Sequence[Sequence[str]], layout: SlotsLayout) -> dict[str, np.ndarray]:
    count, lines = len(texts), layout.lines
    padded = [line for text in texts for line in (*text[:lines], *[""] * (lines - len(text)))]
    found = _grid(padded, layout.line_tokens, layout.vocabulary).reshape(count, lines, layout.line_tokens)
    ids = np.tile(layout.structure, (count, 1))
    types = np.zeros_like(ids)
    within = np.s_[:, :, 1 : layout.slot - 1]
    slots = (count, lines, layout.slot)
    ids[:, :-1].reshape(slots)[within] = np.where(found < 0, layout.vocabulary.pad, found)
    of_line = np.repeat(layout.step_types, layout.lines_per_step)[:, None]
    types[:, :-1].reshape(slots)[within] = np.where(found < 0, 0, of_line)
    mask = np.tile((layout.structure != layout.vocabulary.pad).astype(np.int64), (count, 1))
    mask[:, :-1].reshape(slots)[within] = found >= 0
    labels = np.full_like(ids, IGNORE)
    labels[:, :-1] = ids[:, 1:]
    places = np.tile(np.arange(layout.length), (count, 1))
    return {"targets": ids, "target_mask": mask, "target_types": types, "places": places, "labels": labels}


def _grid(texts: Sequence[str], width: int, vocabulary: Vocabulary) -> np.ndarray:
    """The ids [len(texts), width] of the first tokens of each text, -1 behind its end."""
    spaced = vocabulary.keep_spaces and not isinstance(vocabulary, BertVocabulary)  # a space may be a token
    if spaced:
        texts = [vocabulary.clean(text) for text in texts]
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    row = np.repeat(np.arange(len(texts)), list(map(len, texts)))
    if not spaced:
        kept = ~np.isin(codes, _DROPPED)
        codes, row = codes[kept], row[kept]
    column = np.arange(len(row)) - np.searchsorted(row, np.arange(len(texts)))[row]
    fits_in = column < width
    table = _table(vocabulary)
    ids = table[np.minimum(codes, len(table) - 1)]
    grid = np.full((len(texts), width), -1, np.int64)
    grid[row[fits_in], column[fits_in]] = ids[fits_in]
    if isinstance(vocabulary, BertVocabulary):
        others = np.unique(row[ids == _OTHER]).tolist()
        for other, found in zip(others, vocabulary.encode_all([texts[i] for i in others]), strict=True):
            grid[other] = [*found[:width], *[-1] * (width - len(found))]
    return grid


@lru_cache(maxsize=8)
def _table(vocabulary: Vocabulary) -> np.ndarray:
    """The id of each code point up to one beyond the last; UNK for what is lacking, ``_OTHER`` for what is not known.

    Not known is how BERT splits a text in which such a character stands.
    """
    singles = {ord(token): number for number, token in enumerate(vocabulary.tokens) if len(token) == 1}
    if isinstance(vocabulary, BertVocabulary):
        singles = {code: singles.get(code, vocabulary.unk) for code in _ALONE}
    lacking = _OTHER if isinstance(vocabulary, BertVocabulary) else vocabulary.unk
    table = np.full(max(singles, default=0) + 2, lacking, np.int64)
    table[list(singles)] = list(singles.values())
    return table


def _to_the_left(values: np.ndarray, mask: np.ndarray, fill: int) -> np.ndarray:
    """Keep of each row what the mask shows, as far left as it goes."""
    kept = mask > 0
    counts = kept.sum(axis=1)
    moved = np.full((len(values), int(counts.max(initial=0))), fill, np.int64)
    moved[np.arange(moved.shape[1]) < counts[:, None]] = values[kept]
    return moved
