"""Turns what stands on the stack of a pickle reader into plain data, each shared thing once."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import numpy as np

from mmtg.data.pickle_reader import Reader
from mmtg.data.pickle_values import VECTOR_MIN, Args, Array, Dtype, Global, Refused, Run, Settled, Span, array_of

UNFINISHED = frozenset({list, Settled, Span, Args, Dtype, Array, Global})
_KEYS = frozenset({type(None), bool, int, float, str, bytes, frozenset})


class Settler(Reader):
    """A reader with a memo, that knows when a vector is complete and hands it out.

    Args:
        data: the file.
        on_vector: told each float vector once, float64 [length]; what it returns takes the vector's place.
        progress: told now and then how many bytes have been read.
    """

    def __init__(
        self,
        data: mmap.mmap,
        on_vector: Callable[[np.ndarray], object] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(data, progress)
        self.on_vector = on_vector
        self.memo: list[Any] = []

    def settle(self, value: Any) -> Any:
        """Give the plain data that a value on the stack stands for."""
        kind = type(value)
        if kind is list:
            return self._settle_list(value)
        if kind not in UNFINISHED:
            return value
        if kind is Settled:
            return value.token
        if kind is Array:
            return self._settle_array(value)
        if kind is Args:
            if value.plain is None:
                value.plain = tuple(self.settle(part) for part in value.raw)
            return value.plain
        if kind is Global:
            raise Refused(f"refuses to hand on {value.name}: only plain data is read from pickles")
        return value.plain()

    def _settle_list(self, value: list[Any]) -> Any:
        first = type(value[0]) if value else None
        if first is Settled:
            return value[0].token
        if first is Run:
            floats = self._decode(value)
            if len(floats) >= VECTOR_MIN:
                return self._settle_vector(value, floats)
            value[:] = floats.tolist()
        elif first is float and len(value) >= VECTOR_MIN and all(type(part) is float for part in value):
            return self._settle_vector(value, np.array(value))
        return value

    def _settle_vector(self, value: list[Any], floats: np.ndarray) -> Any:
        settled = Settled(self._handed_out(floats))
        value[:] = [settled]
        if self.memo and self.memo[-1] is value:
            self.memo[-1] = settled
        return settled.token

    def _settle_array(self, value: Array) -> Any:
        if value.settled is None:
            if value.state is None:
                raise Refused("has an array without contents")
            array = array_of(*value.state)
            is_vector = array.ndim == 1 and array.dtype.kind == "f"
            value.settled = Settled(self._handed_out(array) if is_vector else array)
            value.state = None
        return value.settled.token

    def _handed_out(self, vector: np.ndarray) -> Any:
        return vector if self.on_vector is None else self._tell(self.on_vector, vector)

    def _hashable(self, value: Any) -> Any:
        """Settle a key, and make sure that hashing it takes little time and little of the C stack."""
        value = self.settle(value)
        waiting, seen = [(value, 0)], 0
        while waiting:
            part, depth = waiting.pop()
            seen += 1
            if type(part) is tuple and depth < 50 and seen < 10_000:
                waiting += [(inner, depth + 1) for inner in part]
            elif type(part) not in _KEYS and not isinstance(part, np.generic):
                raise Refused(f"refuses a {kind_of(part)} as a key")
        return value


def kind_of(value: object) -> str:
    """Name the kind of a value on the stack, for messages."""
    if type(value) is Global:
        return value.name
    return {Args: "tuple", Span: "text", Settled: "vector"}.get(type(value), type(value).__name__.lower())


def is_vector(value: Any) -> bool:
    """Whether a value on the stack stands for a vector."""
    if type(value) is list and value:
        if type(value[0]) is Run:
            return sum(run.count for run in value) >= VECTOR_MIN
        return type(value[0]) is Settled or (type(value[0]) is float and len(value) >= VECTOR_MIN)
    return type(value) in (Array, Settled)
