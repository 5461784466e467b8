"""A machine that carries out a pickle's instructions and can build nothing but plain data.

It knows None, booleans, numbers, text, bytes, lists, tuples, dicts, sets and numpy arrays of numbers. It
never imports or calls what a pickle names, so a hostile file can at worst be refused. Runs of floats are not
read one by one: they are noted where they stand and decoded at once when their list is complete.
"""

from __future__ import annotations

import contextlib
import mmap
import pickle
from collections.abc import Callable, Container, Iterator
from typing import Any, NamedTuple

import numpy as np

from mmtg.data.pickle_opcodes import HANDLERS
from mmtg.data.pickle_settler import UNFINISHED, Settler, is_vector, kind_of
from mmtg.data.pickle_values import (
    Args,
    Array,
    Dtype,
    Global,
    Refused,
    Run,
    Settled,
    Span,
    array_of,
    as_bytearray,
    as_bytes,
    as_dtype,
    encoded,
    known_global,
    set_dtype_state,
)

MAX_STACK = 1 << 22
MAX_DEPTH = 10_000
DAMAGE = (
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What Python raises when instructions make no sense."""

_GONE = Settled("gone")


class _Packed(NamedTuple):
    """A finished dict that later items may refer to, as small as can be: the keys are shared."""

    keys: tuple[Any, ...]
    values: tuple[Any, ...]

    def dict(self) -> dict[Any, Any]:
        return dict(zip(self.keys, self.values, strict=True))


class Machine(Settler):
    """The state of a reader: a stack, the marks in it, and the memo.

    Args:
        data: the file, mapped.
        streaming: hand out the items of the outer list in ``ready`` and keep none of them.
        keep: names of the fields whose vectors are wanted; vectors in other fields become None unread.
        on_vector: told each float vector once, float64 [length]; what it returns takes the vector's place.
        progress: told now and then how many bytes have been read.
    """

    def __init__(
        self,
        data: mmap.mmap,
        *,
        streaming: bool = False,
        keep: Container[str] | None = None,
        on_vector: Callable[[np.ndarray], object] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(data, on_vector, progress)
        self.streaming = streaming
        self.keep = keep
        self.below: list[list[Any]] = []  # the stacks below each mark
        self.far_memo: dict[int, Any] = {}  # entries out of order
        self.fresh: list[Any] | None = None  # a new list that nothing else refers to
        self.ready: list[Any] = []
        self.finished = 0
        self.swept = 0  # memo entries before this are as small as can be
        self.unpacked: list[int] = []  # but for these
        self.shapes: dict[tuple[Any, ...], tuple[Any, ...]] = {}  # the keys of dicts, shared
        self.ended = False
        self.result: Any = None
        self.handlers = [getattr(self, name) for name in HANDLERS]

    def advance(self) -> bool:
        """Go on until items are ready or the pickle has ended.

        Returns:
            Whether items are ready.

        Raises:
            Refused: if the pickle asks for more than plain data, or makes no sense.
        """
        with self._damage_told():
            while not self.ready and not self.ended:
                self.step()
        return bool(self.ready)

    def peek(self, steps: int) -> type | None:
        """Tell whether the outer object is a list or a dict.

        Args:
            steps: give up after so many instructions.

        Returns:
            Its type, or None if it is another or cannot be told so soon.

        Raises:
            Refused: as for ``advance``.
        """
        with self._damage_told():
            for _ in range(steps):
                self.step()
                if self.stack and not self.below:
                    kind = type(self.stack[0])
                    return kind if kind in (list, dict) else None
        return None

    @contextlib.contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            if self.telling:  # not the pickle's fault
                raise
            raise Refused(f"is damaged at byte {self.pos}") from error

    def step(self) -> None:
        """Carry out one instruction."""
        if self.pos >= self.size:
            raise Refused(f"ends after {self.size} bytes, before its end")
        code = self.data[self.pos]
        self.pos += 1
        self.handlers[code]()
        if len(self.stack) > MAX_STACK:
            raise Refused(f"holds more than {MAX_STACK} unfinished values at once")

    def _binfloats(self) -> None:
        """Read all floats that stand here; keep them as a run if they are all that a list is given."""
        run = self._run_at(self.pos - 1)
        last = self._skip(9 * run.count - 1) + 9 * run.count - 1
        target = self.below[-1][-1] if self.below and self.below[-1] and not self.stack else None
        if type(target) is list and last < self.size and self.data[last] == pickle.APPENDS[0]:
            runs_only = type(target[0]) is Run if target else target is self.fresh
            is_outer = self.streaming and len(self.below) == len(self.below[0]) == 1
            if runs_only and not is_outer:
                target.append(run)
                self.stack = self.below.pop()
                self.pos += 1
                return
        self.stack.extend(self._decode([run]).tolist())

    # The stack and the memo

    def _mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []
        if len(self.below) > MAX_DEPTH:
            raise Refused(f"is nested more than {MAX_DEPTH} deep")

    def _since_mark(self) -> list[Any]:
        items = self.stack
        self.stack = self.below.pop()
        return items

    def _pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._since_mark()

    def _pop_mark(self) -> None:
        self._since_mark()

    def _dup(self) -> None:
        self.fresh = None
        self.stack.append(self.stack[-1])

    def _put_at(self, index: int) -> None:
        value = self.stack[-1]
        if len(self.memo) < index <= len(self.memo) + 16:  # some picklers count from 1
            self.memo += [_GONE] * (index - len(self.memo))
        if index == len(self.memo):
            self.memo.append(value)
        elif index < len(self.memo):
            self.memo[index] = value
        else:
            self.far_memo[index] = value

    def _put(self) -> None:
        self._put_at(int(self._line()))

    def _binput(self) -> None:
        self._put_at(self._number(1))

    def _long_binput(self) -> None:
        self._put_at(self._number(4))

    def _memoize(self) -> None:
        self._put_at(len(self.memo) + len(self.far_memo))

    def _get_at(self, index: int) -> None:
        self.fresh = None
        value = self.memo[index] if 0 <= index < len(self.memo) else self.far_memo[index]
        if value is _GONE:
            raise KeyError(index)
        if type(value) is _Packed:
            value = self.memo[index] = value.dict()
            self.unpacked.append(index)
        self.stack.append(value)

    def _get(self) -> None:
        self._get_at(int(self._line()))

    def _binget(self) -> None:
        self._get_at(self._number(1))

    def _long_binget(self) -> None:
        self._get_at(self._number(4))

    # Containers

    def _empty_list(self) -> None:
        self.fresh = []
        self.stack.append(self.fresh)

    def _empty_dict(self) -> None:
        self.stack.append({})

    def _empty_set(self) -> None:
        self.stack.append(set())

    def _empty_tuple(self) -> None:
        self.stack.append(())

    def _list(self) -> None:
        items = self._since_mark()
        self.stack.append([])
        self._extend(items)

    def _append(self) -> None:
        value = self.stack.pop()
        self._extend([value])

    def _appends(self) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise Refused(f"refuses to append to a {kind_of(target)}")
        plain = [self.settle(item) for item in items]
        if self.streaming and len(self.stack) == 1 and not self.below:
            self._finish(plain)
            return
        if target and type(target[0]) is Settled:
            raise Refused("has a list that grows after it was used")
        if target and type(target[0]) is Run:
            target[:] = self._decode(target).tolist()
        target.extend(plain)

    def _finish(self, items: list[Any]) -> None:
        """Hand out items of the outer list; keep, and small, only what later ones may refer to."""
        self.ready = items
        for index in (*self.unpacked, *range(self.swept, len(self.memo))):
            entry = self.memo[index]
            if type(entry) is dict:
                keys = tuple(entry)
                self.memo[index] = _Packed(self.shapes.setdefault(keys, keys), tuple(entry.values()))
            elif type(entry) is Array and entry.settled is not None:
                self.memo[index] = entry.settled
            elif type(entry) is Args and entry.raw and type(entry.raw[-1]) is Span:
                self.memo[index] = _GONE  # what an array was made of
        self.swept = len(self.memo)
        self.unpacked = []

    def _dict(self) -> None:
        items = self._since_mark()
        self.stack.append({})
        self._set_items(items)

    def _setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        self._set_items([key, value])

    def _setitems(self) -> None:
        self._set_items(self._since_mark())

    def _set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict:
            raise Refused(f"refuses to set items of a {kind_of(target)}")
        if self.streaming and len(self.stack) == 1 and not self.below:
            raise Refused("holds a dict where a list of items is wanted")
        if len(items) % 2:
            raise ValueError(len(items))
        for position in range(0, len(items), 2):
            key = self._hashable(items[position])
            unwanted = self.keep is not None and key not in self.keep
            value = items[position + 1]
            target[key] = None if unwanted and is_vector(value) else self.settle(value)

    def _additems(self) -> None:
        items = self._since_mark()
        target = self.stack[-1]
        if type(target) is not set:
            raise Refused(f"refuses to add to a {kind_of(target)}")
        target.update(self._hashable(item) for item in items)

    def _frozenset(self) -> None:
        items = self._since_mark()
        self.stack.append(frozenset(self._hashable(item) for item in items))

    def _tuple(self) -> None:
        self._push_tuple(self._since_mark())

    def _tuple1(self) -> None:
        self._push_tuple(self._pop_many(1))

    def _tuple2(self) -> None:
        self._push_tuple(self._pop_many(2))

    def _tuple3(self) -> None:
        self._push_tuple(self._pop_many(3))

    def _pop_many(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError(count)
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _push_tuple(self, items: list[Any]) -> None:
        raw = tuple(items)
        unfinished = any(type(item) in UNFINISHED for item in raw)
        self.stack.append(Args(raw) if unfinished else raw)

    # What pickles call: answered here

    def _global(self) -> None:
        module, name = self._line().decode(), self._line().decode()
        self.stack.append(known_global(module, name))

    def _stack_global(self) -> None:
        module, name = self._pop_many(2)
        self.stack.append(known_global(module, name))

    def _reduce(self) -> None:
        args = self._raw_args(self.stack.pop())
        function = self.stack.pop()
        if type(function) is not Global:
            raise Refused(f"refuses to call a {kind_of(function)}")
        self.stack.append(self._answer(function.name, args))

    def _answer(self, name: str, args: tuple[Any, ...]) -> Any:
        if name == "encode":
            return encoded(args)
        if name == "bytes":
            return as_bytes(args)
        if name == "bytearray":
            return as_bytearray(args)
        if name in ("set", "frozenset"):
            items = self._set_members(*args)
            return frozenset(items) if name == "frozenset" else set(items)
        if name == "dtype":
            return as_dtype(args)
        if name == "_reconstruct" and args[0] == Global("ndarray"):
            return Array()
        if name == "scalar":
            return array_of(args[0], (), "C", args[1])[()]
        if name == "_frombuffer":
            content, dtype, shape, order, *axes = args
            return Array((dtype, shape, order, content, *axes))
        raise Refused(f"refuses to call {name}")

    def _set_members(self, members: Any = ()) -> list[Any]:
        if type(members) is list and members and type(members[0]) is Run:
            members = self._decode(members).tolist()
        if type(members) not in (list, tuple):
            raise Refused(f"refuses to make a set of a {kind_of(members)}")
        return [self._hashable(member) for member in members]

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is Dtype:
            set_dtype_state(target, self._raw_args(state))
        elif type(target) is Array and target.state is None and target.settled is None:
            _, shape, dtype, columns_first, content = self._raw_args(state)
            target.state = (dtype, shape, "F" if columns_first else "C", content)
        else:
            raise Refused(f"refuses to set the state of a {kind_of(target)}")

    def _raw_args(self, args: Any) -> tuple[Any, ...]:
        if type(args) is Args:
            return args.raw
        if type(args) is not tuple:
            raise Refused(f"refuses arguments in a {kind_of(args)}")
        return args

    def _inst(self) -> None:
        module, name = self._line().decode(), self._line().decode()
        known_global(module, name)
        raise Refused(f"refuses to make an instance of {module}.{name}")

    def _instance(self) -> None:
        raise Refused("refuses to make an instance of a class: only plain data is read from pickles")

    def _instance_of(self) -> None:
        self.stack.pop()
        self._instance()

    def _persistent_of(self) -> None:
        self.stack.pop()
        self._persistent()

    def _persistent(self) -> None:
        raise Refused("refuses to look up a persistent id: only plain data is read from pickles")

    def _extension(self) -> None:
        raise Refused("refuses to run an extension code: only plain data is read from pickles")

    def _buffer(self) -> None:
        raise Refused("refuses a buffer that is kept outside of the pickle")

    def _unknown(self) -> None:
        self.pos -= 1
        raise Refused(f"is no pickle: byte {self.pos} is {self.data[self.pos]:#04x}")

    def _stop(self) -> None:
        value = self.stack.pop()
        if self.stack or self.below:
            raise ValueError("unfinished")
        if self.streaming and type(value) is not list:
            raise Refused(f"holds a {kind_of(value)} where a list of items is wanted")
        if self.frame_end > self.size:
            raise Refused(f"ends after {self.size} bytes, in the middle of a frame")
        if self.pos < self.size:
            raise Refused(f"goes on for {self.size - self.pos} bytes after its end")
        self.result = self.settle(value)
        self.ended = True
