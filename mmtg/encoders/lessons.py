"""What the world's encoder learns from: pictures of every concept, and texts that belong together.

Letters of shapes: B batch (one item per concept), S the side of a picture in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL.Image import Image

from mmtg.data.experience import Experience
from mmtg.world import CONCEPTS, SKIES, World

T = TypeVar("T")

SPLIT = "encoder"
"""The world's split whose poems are read: no other job draws from it."""

RATINGS = 5
"""Every fifth experience of the world is of the highest rating: its texts belong to its lines."""

SHIFT = 4
"""Pixels a picture may be moved either way."""

CONTRAST = 0.15
"""How far the contrast of a picture may be turned either way."""


@dataclass(frozen=True)
class Pair:
    """Two texts that belong together.

    Attributes:
        one: a step's text, or a topic.
        other: a line of that step, or of that poem.
        about: all concepts that either names; pairs about the same concept are no opposites.
    """

    one: str
    other: str
    about: frozenset[str]


class Lessons:
    """Draws the batches that the encoder is trained on; the same seed draws the same batches.

    Args:
        world: draws pictures and writes texts.
        concepts: names of the concepts to learn.
        pictures_per_concept: pictures drawn of each, once, under skies by chance.
        poems: poems read for lines and for pairs of texts.
        seed: of all chance.
        progress: called with the number of concepts whose pictures are drawn, and their total.
    """

    def __init__(
        self,
        world: World,
        concepts: Sequence[str],
        *,
        pictures_per_concept: int,
        poems: int,
        seed: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self.world = world
        self.concepts = list(concepts)
        self.rng = np.random.default_rng([seed, 0])
        self._pictures: list[np.ndarray] = []  # per concept [pictures, S, S, 3] uint8
        for done, concept in enumerate(self.concepts, start=1):
            drawn = draw_pictures(world, concept, pictures_per_concept, self.rng)
            self._pictures.append(np.stack([np.asarray(picture) for picture in drawn]))
            progress(done, len(self.concepts))
        read = [world.experience(SPLIT, RATINGS * number) for number in range(poems)]
        self._pairs = [pair for experience in read for pair in pairs_of(experience)]
        self._lines = _lines_by_concept(read)

    def choose(self, count: int) -> list[int]:
        """Choose different concepts, by their numbers; all of them if there are no more than ``count``."""
        return list(self.rng.permutation(len(self.concepts))[:count])

    def pictures(self, chosen: Sequence[int]) -> np.ndarray:
        """Give one picture of each chosen concept, moved and tinted by chance: [B, S, S, 3] uint8."""
        pools = [self._pictures[number] for number in chosen]
        return np.stack([self._varied(pool[self.rng.integers(len(pool))]) for pool in pools])

    def captions(self, chosen: Sequence[int]) -> list[str]:
        """Give a fresh phrase of each chosen concept."""
        return [self.world.caption(self.concepts[number], self.rng) for number in chosen]

    def pieces(self, chosen: Sequence[int]) -> list[str]:
        """Give a noun of each chosen concept, or a single character of it: the token table is made of these."""
        nouns = [self._pick(CONCEPTS[self.concepts[number]].nouns) for number in chosen]
        return [self._pick(noun) if self.rng.random() < 0.5 else noun for noun in nouns]

    def lines(self, chosen: Sequence[int]) -> list[str]:
        """Give a line that names each chosen concept and no other; a phrase where no poem has one."""
        phrases = self.captions(chosen)
        lines = [self._lines.get(self.concepts[number]) for number in chosen]
        return [self._pick(known) if known else phrase for known, phrase in zip(lines, phrases, strict=True)]

    def pairs(self, count: int) -> list[Pair]:
        """Give texts that belong together."""
        return [self._pick(self._pairs) for _ in range(count if self._pairs else 0)]

    def _pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def _varied(self, pixels: np.ndarray) -> np.ndarray:
        down, right = self.rng.integers(0, 2 * SHIFT + 1, 2)
        side = len(pixels)
        moved = np.pad(pixels, ((SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), "edge")
        moved = moved[down : down + side, right : right + side].astype(np.float32)
        if self.rng.random() < 0.5:
            moved = moved[:, ::-1]
        turned = 128 + (moved - 128) * self.rng.uniform(1 - CONTRAST, 1 + CONTRAST, 3).astype(np.float32)
        return turned.clip(0, 255).astype(np.uint8)


def draw_pictures(world: World, concept: str, count: int, rng: np.random.Generator) -> list[Image]:
    """Draw pictures of a concept, each under a sky by chance."""
    skies = list(SKIES)
    return [world.picture(concept, skies[rng.integers(len(skies))], rng) for _ in range(count)]


def named_in(text: str) -> frozenset[str]:
    """Names of all concepts that a text names."""
    parts = (text[at : at + size] for size in _SIZES for at in range(len(text)))
    return frozenset(_NOUNS[part] for part in parts if part in _NOUNS)


def pairs_of(experience: Experience) -> list[Pair]:
    """Pair each step's text with the lines of the step, and the topic with its first line."""
    lines = experience.lines or ()
    each = len(lines) // len(experience.steps)
    found = [
        (step.text, line)
        for number, step in enumerate(experience.steps)
        for line in lines[number * each : (number + 1) * each]
        if step.text and _belongs(named_in(step.text), named_in(line))
    ]
    found += [(experience.topic, line) for line in lines[:each]]
    return [Pair(one, other, named_in(one) | named_in(other)) for one, other in found]


def _belongs(text: frozenset[str], line: frozenset[str]) -> bool:
    """Whether text and line name a concept in common, or neither names any."""
    return bool(text & line) or not text | line


def _lines_by_concept(experiences: Sequence[Experience]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for line in (line for experience in experiences for line in experience.lines or ()):
        named = named_in(line)
        if len(named) == 1:
            lines.setdefault(next(iter(named)), []).append(line)
    return lines


_NOUNS = {noun: concept.name for concept in CONCEPTS.values() for noun in concept.nouns}
_SIZES = sorted({len(noun) for noun in _NOUNS})
