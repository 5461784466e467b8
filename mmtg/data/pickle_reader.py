"""Reads what a pickle holds literally: numbers, texts and bytes, from a mapped file."""

from __future__ import annotations

import codecs
import mmap
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from mmtg.data.pickle_values import Refused, Run, Span

LONG_SPAN = 1024
"""Texts and bytes longer than this stay in the file until they are wanted."""
SHORT, MOST_SHORT = 32, 4096
"""So many texts of at most so many bytes are kept to be used again."""
MOST_FLOATS = 1 << 22
"""The longest run of floats that is read at once."""
PAGES_AT_ONCE = 8 << 20
"""After so many bytes the pages read so far are given back, so that a long file does not fill memory."""


class Reader:
    """A place in a mapped file, and the stack that values read from it go to.

    Args:
        data: the file.
        progress: told now and then how many bytes have been read.
    """

    def __init__(self, data: mmap.mmap, progress: Callable[[int], None] | None = None) -> None:
        self.data = data
        self.size = len(data)
        self.bytes = np.frombuffer(data, np.uint8)
        self.progress = progress
        self.pos = 0
        self.stack: list[Any] = []
        self.frame_end = 0
        self.given_back = 0
        self.telling = False
        self.short_texts: dict[bytes, str] = {}

    def _take(self, count: int) -> bytes:
        start = self._skip(count)
        return self.data[start : start + count]

    def _skip(self, count: int) -> int:
        """Pass over bytes; give where they start."""
        start = self.pos
        if count > self.size - start:
            raise Refused(f"ends after {self.size} bytes, in the middle of a value")
        self.pos = start + count
        if self.pos - self.given_back > PAGES_AT_ONCE:
            self._give_back()
        return start

    def _give_back(self) -> None:
        whole = (self.pos - self.given_back) // mmap.PAGESIZE * mmap.PAGESIZE
        if hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED, self.given_back, whole)
        self.given_back += whole
        if self.progress is not None:
            self._tell(self.progress, self.pos)

    def _tell(self, listener: Callable[[Any], Any], what: object) -> Any:
        self.telling = True
        answer = listener(what)
        self.telling = False
        return answer

    def _number(self, count: int) -> int:
        return int.from_bytes(self._take(count), "little")

    def _line(self) -> bytes:
        end = self.data.find(b"\n", self.pos)
        if end < 0:
            raise Refused(f"ends after {self.size} bytes, in the middle of a value")
        return self._take(end + 1 - self.pos)[:-1]

    # Numbers and other constants

    def _proto(self) -> None:
        if self._number(1) > 5:
            raise Refused("is no pickle of protocol 0 to 5")

    def _frame(self) -> None:
        """Note where the frame ends; it matters only if it is beyond the file, and then not before."""
        self.frame_end = self._number(8) + self.pos

    def _none(self) -> None:
        self.stack.append(None)

    def _true(self) -> None:
        self.stack.append(True)

    def _false(self) -> None:
        self.stack.append(False)

    def _int(self) -> None:
        line = self._line()
        self.stack.append({b"00": False, b"01": True}[line] if line in (b"00", b"01") else int(line, 0))

    def _long(self) -> None:
        self.stack.append(int(self._line().removesuffix(b"L"), 0))

    def _binint(self) -> None:
        self.stack.append(int.from_bytes(self._take(4), "little", signed=True))

    def _binint1(self) -> None:
        self.stack.append(self._number(1))

    def _binint2(self) -> None:
        self.stack.append(self._number(2))

    def _long1(self) -> None:
        self.stack.append(int.from_bytes(self._take(self._number(1)), "little", signed=True))

    def _long4(self) -> None:
        self.stack.append(int.from_bytes(self._take(self._number(4)), "little", signed=True))

    def _float(self) -> None:
        self.stack.append(float(self._line()))

    def _run_at(self, start: int) -> Run:
        """Count the floats, nine bytes each, that stand one after another."""
        count, limit = 0, min((self.size - start) // 9, MOST_FLOATS)
        while count < limit:
            ahead = min(limit - count, 1024)
            codes = self.bytes[start + 9 * count : start + 9 * (count + ahead) : 9]
            other = np.flatnonzero(codes != pickle.BINFLOAT[0])
            count += int(other[0]) if len(other) else ahead
            if len(other):
                break
        return Run(start, max(count, 1))

    def _decode(self, runs: list[Run]) -> np.ndarray:
        """Read floats: big-endian after one byte of instruction each."""
        read = [np.ndarray((run.count,), ">f8", self.data, run.start + 1, (9,)) for run in runs]
        return np.concatenate(read).astype(np.float64)

    # Text and bytes

    def _span(self, width: int, kind: str) -> None:
        count = self._number(width)
        start = self._skip(count)
        if count <= SHORT and kind == "text":
            self.stack.append(self._short_text(self.data[start : start + count]))
            return
        span = Span(self.data, start, start + count, kind)
        self.stack.append(span if count > LONG_SPAN else span.read())

    def _short_text(self, held: bytes) -> str:
        """Give equal short texts, the keys of dicts above all, as one object."""
        text = self.short_texts.get(held)
        if text is None:
            text = str(held, "utf-8", "surrogatepass")
            if len(self.short_texts) < MOST_SHORT:
                self.short_texts[held] = text
        return text

    def _unicode(self) -> None:
        self.stack.append(str(self._line(), "raw-unicode-escape"))

    def _binunicode(self) -> None:
        self._span(4, "text")

    def _short_binunicode(self) -> None:
        self._span(1, "text")

    def _binunicode8(self) -> None:
        self._span(8, "text")

    def _binbytes(self) -> None:
        self._span(4, "bytes")

    def _short_binbytes(self) -> None:
        self._span(1, "bytes")

    def _binbytes8(self) -> None:
        self._span(8, "bytes")

    def _bytearray8(self) -> None:
        self._span(8, "bytearray")

    def _string(self) -> None:
        line = self._line().strip()
        if len(line) < 2 or line[:1] not in (b"'", b'"') or line[:1] != line[-1:]:
            raise ValueError(line)
        self.stack.append(codecs.escape_decode(line[1:-1])[0].decode("ascii"))

    def _binstring(self) -> None:
        self.stack.append(self._take(self._number(4)).decode("ascii"))

    def _short_binstring(self) -> None:
        self.stack.append(self._take(self._number(1)).decode("ascii"))
