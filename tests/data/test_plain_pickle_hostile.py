"""No pickle runs code; each that would is refused, and the place is named."""

import contextlib
import importlib
import io
import os
import pickle
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmtg.data.plain_pickle import read_items, read_plain
from mmtg.data.released import convert
from mmtg.errors import InputError


class Reduces:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *args: Any, state: object = None) -> None:
        self.reduced = (function, args) if state is None else (function, args, state)

    def __reduce__(self) -> Any:
        return self.reduced


class Made:
    """Pickles as NEWOBJ with a state for ``__setstate__``."""

    def __setstate__(self, state: str) -> None:
        os.system(state)

    def __getstate__(self) -> str:
        return "touch marker"


class WithIds(pickle.Pickler):
    def persistent_id(self, entry: object) -> str | None:
        return "touch marker" if isinstance(entry, Made) else None


def _with_persistent_id(value: object, protocol: int) -> bytes:
    file = io.BytesIO()
    WithIds(file, protocol).dump(value)
    return file.getvalue()


TOUCH = "touch marker"
CODE = "open('marker', 'w').close()"
OBJECTS = {
    "os.system": (Reduces(os.system, TOUCH), r"(posix|os|nt)\.system"),
    "eval": (Reduces(eval, CODE), r"(builtins|__builtin__)\.eval"),
    "exec": (Reduces(exec, CODE), r"(builtins|__builtin__)\.exec"),
    "popen": (Reduces(subprocess.Popen, ["touch", "marker"]), r"(subprocess|commands)\.Popen"),
    "import": (Reduces(importlib.import_module, "antigravity"), r"importlib\.import_module"),
    "getattr": (Reduces(getattr, Reduces(__import__, "os"), "system"), r"\.getattr"),
    "setstate": (Made(), r"(copyreg|copy_reg|test_plain_pickle_hostile|tests.*)\.\w+"),
    "function": (os.system, r"(posix|os|nt)\.system"),
    "object array": (np.array([Reduces(os.system, TOUCH)], dtype=object), r"Python objects"),
    "memmap": (Reduces(np.memmap, "marker", "uint8", "w+", 0, (8,)), r"numpy\S*memmap"),
    "load": (Reduces(pickle.loads, pickle.dumps(Reduces(os.system, TOUCH))), r"pickle\.loads"),
}
PLACES: dict[str, tuple[Callable[[Any], object], str]] = {
    "value": (lambda evil: [{"topic": "月"}, {"topic": "月", "r_1": evil, "rating": 3}], "item 1: r_1: "),
    "nested": (lambda evil: [{"score_3": {"img_rel": [1, evil], "r_rel": [1]}}], "item 0: score_3.img_rel: "),
    "only": (lambda evil: [{"topic": evil}], "item 0: topic: "),
    "late": (
        lambda evil: [*({"topic": "月", "n": i} for i in range(250)), {"a": 1, "b": evil}],
        "item 250: b: ",
    ),
    "far": (
        lambda evil: [*({"topic": "月", "n": i} for i in range(2250)), {"a": 1, "b": evil}],
        "item 2250: b: ",
    ),
    "bare": (lambda evil: [{"a": 1, "b": 2}, evil], "item 1: "),
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where the marker would be made."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(folder: Path, content: bytes) -> str:
    """Read a file in every way; return what the first refusal says, and check that nothing happened."""
    path = folder / "hostile.pkl"
    path.write_bytes(content)
    said = []
    for read in (
        lambda: list(read_items(path)),
        lambda: read_plain(path),
        lambda: convert(path, folder / "out"),
    ):
        with pytest.raises(InputError) as error:
            read()
        said.append(str(error.value))
        assert str(error.value).startswith(f"{path}: ")
    assert sorted(found.name for found in folder.iterdir()) == ["hostile.pkl"]
    return said[0]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", OBJECTS)
def test_calls(in_folder: Path, kind: str, place: str) -> None:
    evil, named = OBJECTS[kind]
    make, where = PLACES[place]
    for protocol in range(6):
        said = refused(in_folder, pickle.dumps(make(evil), protocol))
        assert said.startswith(f"{in_folder / 'hostile.pkl'}: {where}refuses ")
        assert re.search(named, said)


def test_in_a_key(in_folder: Path) -> None:
    for protocol in (2, 4):
        said = refused(in_folder, pickle.dumps([{"a": 1}, {"b": 1, ("k", Reduces(os.system, TOUCH)): 1}], protocol))
        assert "item 1: " in said
        assert "system" in said


@pytest.mark.parametrize("protocol", range(6))
def test_persistent_id(in_folder: Path, protocol: int) -> None:
    said = refused(in_folder, _with_persistent_id([{"a": 1, "b": Made()}], protocol))
    assert "item 0: b: refuses to look up a persistent id" in said


ITEM = b"(lp0\n(dp1\nVtopic\n"
RAW = {
    "inst": (ITEM + b"(S'touch marker'\nios\nsystem\nsa.", "item 0: topic: refuses to run os.system"),
    "obj": (ITEM + b"(cos\nsystem\nS'touch marker'\nosa.", "item 0: topic: refuses to run os.system"),
    "obj known": (
        ITEM + b"(cnumpy\nndarray\nS'touch marker'\nosa.",
        "item 0: topic: refuses to make an instance",
    ),
    "newobj": (b"\x80\x02](}X\x01\x00\x00\x00acnumpy\nndarray\n)\x81se.", "refuses to make an instance"),
    "inst known": (
        b"\x80\x02](}X\x01\x00\x00\x00a(inumpy\nndarray\nse.",
        "refuses to make an instance of numpy.nd",
    ),
    "ext": (b"\x80\x02](\x82\x01e.", "refuses to run an extension code"),
    "ndarray call": (b"\x80\x02](cnumpy\nndarray\nK\x05\x85Re.", "refuses to call ndarray"),
    "build dict": (b"\x80\x02](}X\x01\x00\x00\x00a}be.", "refuses to set the state of a"),
    "call text": (b"\x80\x02](X\x02\x00\x00\x00os)Re.", "refuses to call a str"),
    "stack global": (b"\x80\x04](K\x01K\x02\x93e.", "refuses to run (int).(int)"),
    "stack global odd": (b"\x80\x04](\x8c\x06a\n\x1bb\xc3\xa9\x8c\x00\x93e.", "refuses to run a??b\xe9.''"),
    "dotted": (b"\x80\x04](\x8c\x05numpy\x8c\x0endarray.__init\x93e.", "refuses to run numpy.ndarray.__init"),
    "encode chain": (
        b"\x80\x02](c_codecs\nencode\nc_codecs\nencode\nX\x01\x00\x00\x00aX\x04\x00\x00\x00zlib\x86RX\x03\x00\x00\x00hex\x86Re.",
        "refuses to encode text other than as bytes",
    ),
    "encode object": (
        b"\x80\x02](c_codecs\nencode\n}X\x06\x00\x00\x00latin1\x86Re.",
        "refuses to encode what is not",
    ),
    "handed on": (b"\x80\x02](cnumpy\nndarray\ne.", "refuses to hand on ndarray"),
    "buffer": (b"\x80\x05](\x97e.", "refuses a buffer"),
    "bytes of": (b"\x80\x02](cbuiltins\nbytes\nJ\xff\xff\xff\x7f\x85Re.", "refuses to make bytes"),
    "bytearray of": (
        b"\x80\x02](cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85Re.",
        "refuses to make a bytearray",
    ),
    "append to text": (b"\x80\x02](X\x02\x00\x00\x00osK\x01ae.", "refuses to append to a str"),
    "list key": (b"\x80\x02](}]K\x01se.", "refuses a list as a key"),
    "after its end": (b"\x80\x02].\x80\x02].", "goes on for 4 bytes after its end"),
    "protocol": (b"\x80\x09].", "is no pickle of protocol 0 to 5"),
    "text file": (b"\xe6\x9c\x88 hello", "is no pickle: byte 0 is 0xe6"),
    "zip": (b"PK\x03\x04 and so on", "is a zip archive"),
    "empty": (b"", "is empty"),
    "no memo": (b"\x80\x02](h\x07e.", "is damaged"),
    "underflow": (b"\x80\x02\x87.", "is damaged"),
    "mark": (b"\x80\x02](.", "is damaged"),
    "array shape": (
        pickle.dumps([np.arange(4.0)], 4).replace(b"K\x04\x85", b"K\x7f\x85"),
        "has an array of 32 bytes that do not fill its shape",
    ),
    "long text": (b"\x80\x04](\x8d" + b"\xff" * 7 + b"\x00abc", "in the middle of a value"),
    "long bytes": (b"\x80\x04](\x8e" + b"\xff" * 8 + b"abc", "in the middle of a value"),
    "long number": (b"\x80\x02](\x8b\xff\xff\xff\x7fabc", "in the middle of a value"),
    "long frame": (b"\x80\x04\x95" + b"\xff" * 8 + b"].", "in the middle of a frame"),
    "far memo": (b"\x80\x02](K\x01r\xff\xff\xff\xffj\xfe\xff\xff\xffe.", "is damaged"),
    "long digits": (b"(lp0\nL" + b"9" * 5000 + b"L\na.", "is damaged"),
}


@pytest.mark.parametrize("kind", RAW)
def test_raw(in_folder: Path, kind: str) -> None:
    content, wanted = RAW[kind]
    assert wanted in refused(in_folder, content)


def test_nesting(in_folder: Path) -> None:
    """However deep, the interpreter survives."""
    path = in_folder / "deep.pkl"
    many = 100_000
    deep = {
        "lists": b"\x80\x02" + b"]" * many + b"a" * (many - 1) + b".",
        "tuples": b"\x80\x02](" + b")" + b"\x85" * many + b"e.",
        "mixed": b"\x80\x02](]" + b"\x85" * many + b"e.",
        "marks": b"\x80\x02](" + b"(" * many + b"l" * many + b"e.",
        "key": b"\x80\x02](})" + b"\x85" * 300_000 + b"K\x01se.",
        "frozen": b"\x80\x04](](" + b"(" * 9000 + b"\x91" * 9000 + b"ee.",
    }
    for content in deep.values():
        path.write_bytes(content)
        for read in (lambda: list(read_items(path)), lambda: read_plain(path), lambda: convert(path, "out")):
            with contextlib.suppress(InputError):
                read()


def test_bombs_cost_nothing(in_folder: Path) -> None:
    """References are shared, so doubling a thousand times is a thousand small containers."""
    path = in_folder / "bomb.pkl"
    doubled: object = []
    for _ in range(300):
        doubled = [doubled, doubled]
    key: object = ()
    for _ in range(300):
        key = (key, key)
    started = time.monotonic()
    path.write_bytes(pickle.dumps([doubled], 4))
    assert len(list(read_items(path))) == 1
    path.write_bytes(pickle.dumps([[key, b"x" * 5000]], 4))
    assert len(list(read_items(path))) == 1
    path.write_bytes(b"\x80\x02](})" + b"2\x86" * 300 + b"K\x01se.")  # DUP, TUPLE2: hashing it would never end
    with pytest.raises(InputError, match="refuses a tuple as a key"):
        list(read_items(path))
    assert time.monotonic() - started < 5
