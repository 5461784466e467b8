"""The table of token vectors: what an encoder makes of each token of a vocabulary.

It takes the place of ``token_id2emb_dict.pkl`` (MMTG reference, section 1.6). Letters of shapes: V vocabulary,
W the width of a vector.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence

import numpy as np

from mmtg.encoders.base import Encoder

WORDPIECE_MARK = "##"


def token_table(encoder: Encoder, tokens: Sequence[str], *, special: Collection[str], seed: int) -> np.ndarray:
    """Encode every token as a text of its own.

    Args:
        encoder: gives the vectors; each distinct text is encoded once.
        tokens: [V] tokens as text; the mark of WordPieces that continue a word is taken off.
        special: tokens that are no text; each gets a random unit vector that depends on its name and the seed
            only, so it is the same in every vocabulary.
        seed: of those vectors, >= 0.

    Returns:
        [V, W] float32, rows of length 1.
    """
    special = frozenset(special)
    texts = sorted({_plain(token) for token in tokens if token not in special})
    vectors = dict(zip(texts, encoder.encode_texts(texts).numpy(), strict=True)) if texts else {}
    drawn = {token: _random_unit(token, seed, encoder.width) for token in special}
    rows = [drawn[token] if token in special else vectors[_plain(token)] for token in tokens]
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, encoder.width), np.float32)


def _plain(token: str) -> str:
    return token.removeprefix(WORDPIECE_MARK) or token


def _random_unit(token: str, seed: int, width: int) -> np.ndarray:
    drawn = np.random.default_rng([seed, zlib.crc32(token.encode())]).standard_normal(width)
    return drawn / np.linalg.norm(drawn)
