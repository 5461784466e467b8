"""What was there already, in little memory."""

import hashlib
from array import array

DIGEST = 16
"""Bytes of a digest: among 280 million of them, two are the same with a probability of 1e-22."""


class Numbers:
    """Digests, numbered in the order in which they come.

    A table of fixed slots, not a dictionary, which takes several times as much: at most 54 bytes for each digest, with
    free slots, and half as much again for the moment in which it grows.
    """

    def __init__(self) -> None:
        self._make(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def of(self, digest: bytes) -> tuple[int, bool]:
        """The number of a digest of 16 bytes, and whether it is new."""
        first, last = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
        place = self._place(first, last)
        if found := self._numbers[place]:
            return found - 1, False
        self._count += 1
        self._put(place, first, last, self._count)
        if 4 * self._count > 3 * len(self._numbers):
            self._grow()
        return self._count - 1, True

    def _place(self, first: int, last: int) -> int:
        """Where a digest stands, or would: at its remainder, or soon after."""
        slots = len(self._numbers)
        place = first % slots
        while self._numbers[place] and (self._first[place], self._last[place]) != (first, last):
            place = (place + 1) % slots
        return place

    def _put(self, place: int, first: int, last: int, number: int) -> None:
        self._first[place], self._last[place], self._numbers[place] = first, last, number

    def _make(self, slots: int) -> None:
        self._first, self._last = array("Q", bytes(8 * slots)), array("Q", bytes(8 * slots))
        self._numbers = array("I", bytes(4 * slots))  # the number and 1; 0 where the slot is free

    def _grow(self) -> None:
        old = self._first, self._last, self._numbers
        self._make(2 * len(self._numbers))
        for first, last, number in zip(*old, strict=True):
            if number:
                self._put(self._place(first, last), first, last, number)


class Hashes:
    """Texts that were there already."""

    def __init__(self) -> None:
        self._numbers = Numbers()

    def add(self, text: str) -> bool:
        """Whether a text is new."""
        return self._numbers.of(hashlib.blake2b(text.encode(), digest_size=DIGEST).digest())[1]
