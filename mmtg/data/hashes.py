"""Which texts were there already, in little memory."""

import hashlib
from array import array


class Hashes:
    """Texts that were there already, by hashes of 8 bytes; with free slots, at most 32 bytes of memory for each."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))  # 0 where free; a hash stands at its remainder, or soon after
        self._count = 0

    def add(self, text: str) -> bool:
        """Whether a text is new."""
        value = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) or 1
        place = self._place(value)
        if self._slots[place]:
            return False
        self._slots[place] = value
        self._count += 1
        if 4 * self._count > 3 * len(self._slots):
            self._grow()
        return True

    def _place(self, value: int) -> int:
        """Where a hash stands, or would."""
        place = value % len(self._slots)
        while self._slots[place] not in (0, value):
            place = (place + 1) % len(self._slots)
        return place

    def _grow(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(2 * 8 * len(self._slots)))
        for value in filter(None, old):
            self._slots[self._place(value)] = value
