"""What stands on the stack of the pickle reader while it is not plain data yet, and how it becomes so.

Nothing here is ever called by a name found in a pickle: the few names that plain data needs (numpy's own, and
those that old protocols use for bytes and sets) are answered with code of this package.
"""

from __future__ import annotations

import math
import mmap
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

VECTOR_MIN = 64
"""A pickled list of at least so many floats, and nothing else, becomes a float64 array [length]."""

_NUMPY = (
    "numpy",
    "numpy.core.multiarray",
    "numpy._core.multiarray",
    "numpy.core.numeric",
    "numpy._core.numeric",
)
_NUMPY_NAMES = ("ndarray", "dtype", "_reconstruct", "scalar", "_frombuffer")
_PLAIN_NAMES = ("set", "frozenset", "bytes", "bytearray")
_DTYPE = re.compile(r"[<>|=]?([biuf][1248]|c8|c16|[SU][1-9][0-9]{0,5})")


class Refused(Exception):
    """A pickle asks for something that plain data does not need, or makes no sense; the text says what."""


@dataclass(frozen=True, slots=True)
class Run:
    """Floats that stand one after another in the file, not read yet."""

    start: int
    count: int


class Settled:
    """What a finished vector has been replaced with."""

    __slots__ = ("token",)

    def __init__(self, token: object) -> None:
        self.token = token


class Global(NamedTuple):
    """One of the few names that plain data needs; never looked up."""

    name: str


class Span:
    """A long text or bytes in the file, read when it is wanted.

    Args:
        data: the file.
        start: where it starts.
        stop: where it ends.
        kind: ``text``, ``bytes``, ``bytearray``, or ``encoded`` for text that stands for bytes.
    """

    __slots__ = ("_plain", "data", "kind", "start", "stop")

    def __init__(self, data: mmap.mmap, start: int, stop: int, kind: str) -> None:
        self.data = data
        self.start = start
        self.stop = stop
        self.kind = kind
        self._plain: str | bytes | bytearray | None = None

    def read(self) -> str | bytes | bytearray:
        """Read it anew."""
        held = self.data[self.start : self.stop]
        if self.kind == "text":
            return str(held, "utf-8", "surrogatepass")
        if self.kind == "encoded":
            return str(held, "utf-8", "surrogatepass").encode("latin-1")
        return bytearray(held) if self.kind == "bytearray" else held

    def plain(self) -> str | bytes | bytearray:
        """Read it once, so that all who refer to it share it."""
        if self._plain is None:
            self._plain = self.read()
        return self._plain


class Args:
    """A tuple that holds something that is not plain yet: arguments, as a rule."""

    __slots__ = ("plain", "raw")

    def __init__(self, raw: tuple[Any, ...]) -> None:
        self.raw = raw
        self.plain: tuple[object, ...] | None = None


@dataclass
class Dtype:
    """A numpy type; its byte order comes later."""

    code: str
    order: str = "="

    def plain(self) -> np.dtype:
        """Give the numpy type."""
        return np.dtype(self.code).newbyteorder(self.order)  # type: ignore[arg-type]


@dataclass
class Array:
    """A numpy array; its contents come later."""

    state: tuple[Any, ...] | None = None
    settled: Settled | None = field(default=None)


def known_global(module: object, name: object) -> Global:
    """Answer a name in a pickle.

    Args:
        module: what the pickle gives as the module.
        name: what it gives as the name in it.

    Returns:
        A stand-in, if the name is one that plain data needs.

    Raises:
        Refused: if it is any other.
    """
    known = (
        (module in _NUMPY and name in _NUMPY_NAMES)
        or (module in ("builtins", "__builtin__") and name in _PLAIN_NAMES)
        or (module == "_codecs" and name == "encode")
    )
    if not known or not isinstance(name, str):
        raise Refused(f"refuses to run {shown(module)}.{shown(name)}: only plain data is read from pickles")
    return Global(name)


def shown(name: object) -> str:
    """Make a name from a pickle fit to be printed."""
    if not isinstance(name, str):
        return f"({type(name).__name__})"
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80]) or "''"


def as_dtype(args: tuple[Any, ...]) -> Dtype:
    """Answer ``numpy.dtype(code, align, copy)``."""
    code = args[0]
    if not isinstance(code, str) or not _DTYPE.fullmatch(code):
        what = "Python objects" if code in ("O", "O8", "|O") else f"numpy type {shown(code)}"
        raise Refused(f"refuses an array of {what}: only numbers and text are read")
    return Dtype(code)


def set_dtype_state(dtype: Dtype, state: tuple[Any, ...]) -> None:
    """Answer the ``__setstate__`` of a numpy type: (version, byte order, subtype, names, fields, ...)."""
    if state[1] not in ("<", ">", "=", "|") or any(part is not None for part in state[2:5]):
        raise Refused("refuses an array with fields: only numbers and text are read")
    dtype.order = state[1]


def array_of(dtype: object, shape: object, order: object, content: object, axes: object = None) -> np.ndarray:
    """Make an array from its bytes.

    Args:
        dtype: a ``Dtype``.
        shape: lengths of the axes.
        order: ``C``, ``F``, or ``K`` with ``axes``.
        content: bytes, or a span of them.
        axes: for ``K``, in which order the axes are to be taken afterwards.

    Returns:
        A new array that owns its memory.

    Raises:
        Refused: if type, shape and bytes do not fit.
    """
    held = content.read() if isinstance(content, Span) else content
    lengths = (shape,) if isinstance(shape, int) else shape
    if not isinstance(dtype, Dtype) or not isinstance(held, (bytes, bytearray)) or not isinstance(lengths, tuple):
        raise Refused("refuses an array that is not made of numbers and text")
    kind = dtype.plain()
    whole = all(type(length) is int and length >= 0 for length in lengths) and len(lengths) <= 32
    if not whole or math.prod(lengths) * kind.itemsize != len(held):
        raise Refused(f"has an array of {len(held)} bytes that do not fill its shape")
    array = np.frombuffer(held, kind).reshape(lengths, order="F" if order == "F" else "C")
    if order == "K" and isinstance(axes, tuple):
        array = array.transpose(axes)
    return array.copy(order="K")


def encoded(args: tuple[Any, ...]) -> bytes | Span:
    """Answer ``_codecs.encode(text, "latin1")``: how protocols 0 to 2 write bytes."""
    text, encoding = args
    if encoding not in ("latin1", "latin-1"):
        raise Refused("refuses to encode text other than as bytes")
    if isinstance(text, Span) and text.kind == "text":
        return Span(text.data, text.start, text.stop, "encoded")
    if not isinstance(text, str):
        raise Refused("refuses to encode what is not text")
    return text.encode("latin-1")


def as_bytes(args: tuple[Any, ...]) -> bytes:
    """Answer ``bytes()``, how protocols 0 to 2 write no bytes."""
    if args:
        raise Refused("refuses to make bytes from anything but bytes")
    return b""


def as_bytearray(args: tuple[Any, ...]) -> bytearray:
    """Answer ``bytearray(bytes)`` and ``bytearray(text, "latin-1")``: how protocols 0 to 4 write it."""
    if args in ((), ((),)):
        return bytearray()
    held = encoded(args) if len(args) == 2 else args[0]
    held = held.read() if isinstance(held, Span) else held
    if len(args) > 2 or not isinstance(held, (bytes, bytearray)):
        raise Refused("refuses to make a bytearray from anything but bytes")
    return bytearray(held)
