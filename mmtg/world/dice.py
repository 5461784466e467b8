"""Reproducible chance: streams keyed by plain names and numbers, drawn from in blocks."""

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
_BLOCK = 64  # Uniform numbers fetched at once: a scalar call of numpy costs more than the choice it serves.


def stream(*keys: int | str) -> np.random.Generator:
    """A generator that depends on its keys only, the same in every process.

    Args:
        *keys: whole numbers >= 0, or strings (taken by their CRC-32).

    Returns:
        A fresh generator, independent of that of any other keys.
    """
    words = [key if isinstance(key, int) else zlib.crc32(key.encode()) for key in keys]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


class Dice:
    """Cheap scalar choices out of one generator.

    Args:
        rng: where the numbers come from; it is read in blocks, so share a Dice rather than its generator.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._pool: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._pool:
            self._pool = self._rng.random(_BLOCK).tolist()
        return self._pool.pop()

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.uniform()

    def below(self, count: int) -> int:
        """A whole number in 0 .. count - 1."""
        return int(self.uniform() * count)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.uniform() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.uniform() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One of the options, in proportion to weights that need not sum to one."""
        left = self.uniform() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in a random order."""
        out = list(options)
        for last in range(len(out) - 1, 0, -1):
            other = self.below(last + 1)
            out[last], out[other] = out[other], out[last]
        return out

    def derangement(self, count: int) -> list[int]:
        """An order of 0 .. count - 1 in which nothing keeps its place (one thing alone does)."""
        order = self.shuffled(range(count))
        places = dict(zip(order, [*order[1:], *order[:1]], strict=True))
        return [places[place] for place in range(count)]
