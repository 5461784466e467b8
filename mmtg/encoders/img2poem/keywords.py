"""Keywords of poems as labels of their pictures: object, scene and sentiment words, a list for each net.

Source: img2poem reference, section 1.1: labels are frequent keywords of the poems, sorted into object, sentiment and
scene vocabularies; mean binary cross-entropy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmtg.encoders.img2poem.nets import NETS
from mmtg.errors import InputError
from mmtg.world import CONCEPTS, SKIES
from mmtg.world.phrases import MOOD_WORDS


def world_words() -> dict[str, list[str]]:
    """By net, the world's words: nouns of concepts, openings of skies, and words of the moods."""
    nouns = {noun for concept in CONCEPTS.values() for noun in concept.nouns}
    openings = {word for sky in SKIES.values() for word in sky.openings}
    moods = {word for words in MOOD_WORDS.values() for kind in words.values() for word in kind}
    return {"object": sorted(nouns), "scene": sorted(openings), "sentiment": sorted(moods)}


def read_words(files: Mapping[str, str | None]) -> dict[str, list[str]]:
    """By net, the words of a file with a word a line.

    Args:
        files: by net; None for no words.

    Returns:
        The words, each once, in order.

    Raises:
        InputError: a file cannot be read.
    """
    words: dict[str, list[str]] = {}
    for net in NETS:
        field = f"encoder.visual.keywords.{net}"
        try:
            text = Path(file).read_text(encoding="utf-8") if (file := files[net]) else ""
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read ({error})", file=files[net], field=field) from error
        words[net] = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    return words


def occurring(words: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Which words occur in which texts: bool [N, words].

    A word of ASCII letters must stand alone; one of other scripts may stand anywhere.
    """
    rows = np.zeros((len(texts), len(words)), dtype=bool)
    for number, text in enumerate(texts):
        alone = set(text.split())
        rows[number] = [word in (alone if word.isascii() else text) for word in words]
    return rows


def frequent(words: Sequence[str], texts: Sequence[str], *, least: int) -> list[str]:
    """The words that occur in at least ``least`` of the texts, in their order."""
    counts = occurring(words, texts).sum(axis=0)
    return [word for word, count in zip(words, counts, strict=True) if count >= least]
