"""The reader of pickles gives what ``pickle`` gives, for plain data, in every protocol."""

import contextlib
import io
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmtg.data.plain_pickle import VECTOR_MIN, outer_type, read_items, read_plain
from mmtg.errors import InputError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
KEYS = st.integers() | st.text() | st.tuples(st.integers(), st.text(max_size=3)) | st.binary(max_size=4)
PLAIN = st.recursive(
    SCALARS | st.binary().map(bytearray) | st.lists(st.floats(allow_nan=False), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.sets(KEYS, max_size=5)
        | st.frozensets(KEYS, max_size=5)
    ),
    max_leaves=25,
)


class PythonPickler(pickle._Pickler):
    """The pickler written in Python, as it is before other packages extend it."""

    dispatch: ClassVar = {**pickle._Pickler.dispatch, type: pickle._Pickler.save_type}


def python_dumps(value: object, protocol: int) -> bytes:
    file = io.BytesIO()
    PythonPickler(file, protocol).dump(value)
    return file.getvalue()


WRITERS = {"c": pickle.dumps, "python": python_dumps}


def write(folder: Path, value: object, protocol: int, writer: str = "c") -> Path:
    path = folder / "plain.pkl"
    path.write_bytes(WRITERS[writer](value, protocol))
    return path


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=PLAIN, shared=st.booleans(), protocol=st.integers(0, 5))
def test_gives_what_pickle_gives(tmp_path: Path, value: object, shared: bool, protocol: int, writer: str) -> None:
    whole = [value, {"again": value}, (value,)] if shared else value
    path = write(tmp_path, whole, protocol, writer)
    read = read_plain(path)
    assert read == whole
    assert repr(read) == repr(pickle.loads(path.read_bytes()))
    if isinstance(whole, list):
        assert list(read_items(path)) == whole


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=60), value=PLAIN, cut=st.floats(0, 1), protocol=st.integers(0, 5))
def test_noise_is_read_or_refused(tmp_path: Path, noise: bytes, value: object, cut: float, protocol: int) -> None:
    good = pickle.dumps(value, protocol)
    at = int(cut * len(good))
    path = tmp_path / "noise.pkl"
    for content in (noise, good[:at] + noise + good[at:], good[:at] + noise + good[at + len(noise) :]):
        path.write_bytes(content)
        for read in (read_plain, outer_type, lambda path: list(read_items(path))):
            with contextlib.suppress(InputError):
                read(path)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("length", [1, 2, VECTOR_MIN - 1, VECTOR_MIN, 999, 1000, 1001, 2048, 5000])
def test_lists_of_floats_become_vectors(tmp_path: Path, protocol: int, writer: str, length: int) -> None:
    floats = np.random.default_rng(length).normal(size=length).tolist()
    value = {"a": floats, "b": [floats, floats], "c": (1, floats), "d": [*floats, "x"], "e": ["x", *floats]}
    read = read_plain(write(tmp_path, value, protocol, writer))
    assert isinstance(read, dict)
    assert isinstance(read["a"], np.ndarray if length >= VECTOR_MIN else list)
    assert list(read["a"]) == floats
    assert read["b"][0] is read["b"][1] is read["c"][1] is read["a"]
    assert read["d"] == [*floats, "x"]
    assert read["e"] == ["x", *floats]


BITS = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 5e-324, -1.7976931348623157e308, 0.1]
"""What only its bits tell apart, or that a shortcut would spoil."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    protocol=st.integers(0, 5),
    writer=st.sampled_from(sorted(WRITERS)),
    length=st.sampled_from([VECTOR_MIN, 999, 1000, 1001, 1999, 2000, 2001, 2048]) | st.integers(VECTOR_MIN, 3100),
    special=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(BITS)), max_size=8),
    places=st.lists(st.integers(0, 2), min_size=1, max_size=12),
)
def test_vectors_to_the_last_bit_each_once(tmp_path, protocol, writer, length, special, places):
    """Items that share some of three vectors: bits are those of the reference unpickler, and so is what is shared."""
    floats = np.random.default_rng(length).normal(size=(3, length))
    for at, value in special:
        floats[:, int(at * length)] = value
    vectors: list[list[float]] = floats.tolist()
    items = [{"v": vectors[place], "w": [vectors[place], [vectors[place - 1]]]} for place in places]
    path, told = write(tmp_path, items, protocol, writer), []
    read: list[Any] = list(read_items(path, on_vector=lambda vector: (told.append(vector), len(told) - 1)[1]))
    wanted = pickle.loads(path.read_bytes())
    numbers: dict[int, int] = {}
    for found, reference in zip(read, wanted, strict=True):
        pairs = [
            (found["v"], reference["v"]),
            (found["w"][0], reference["w"][0]),
            (found["w"][1][0], reference["w"][1][0]),
        ]
        for number, vector in pairs:
            assert told[number].tobytes() == np.array(vector).tobytes()
            assert numbers.setdefault(id(vector), number) == number
    assert len(told) == len(set(numbers.values())) == len(numbers)


@pytest.mark.parametrize("protocol", range(6))
def test_sets_of_floats_stay_sets(tmp_path: Path, protocol: int) -> None:
    value = [
        set(map(float, range(3000))),
        frozenset(map(float, range(100))),
        {float(i): 1.0 for i in range(99)},
    ]
    assert read_plain(write(tmp_path, value, protocol)) == value
    assert list(read_items(write(tmp_path, value, protocol))) == value


def test_a_vector_is_told_once(tmp_path: Path) -> None:
    shared, own = [0.5] * 2048, [0.25] * 2048
    items = [{"v": shared, "w": own if i == 3 else None, "skipped": [float(i)] * 2048} for i in range(2500)]
    told: list[np.ndarray] = []

    def on_vector(vector: np.ndarray) -> str:
        told.append(vector)
        return f"vector {len(told) - 1}"

    path = write(tmp_path, items, 4)
    read = list(read_items(path, keep={"v", "w"}, on_vector=on_vector))
    assert [vector.tolist() for vector in told] == [shared, own]
    assert read[3] == {"v": "vector 0", "w": "vector 1", "skipped": None}
    assert read[2499] == {"v": "vector 0", "w": None, "skipped": None}


def test_a_vector_skipped_in_one_field_is_read_in_another(tmp_path: Path) -> None:
    vector = [0.5] * 100
    path = write(tmp_path, [{"skipped": vector, "v": vector}, {"skipped": vector, "v": vector}], 4)
    read = list(read_items(path, keep={"v"}, on_vector=len))
    assert read == [{"skipped": None, "v": 100}] * 2


def test_items_that_appear_again(tmp_path: Path) -> None:
    """Finished items are packed; those that the list holds again are whole again."""
    items = [{"a": i, "b": {"c": [i]}} for i in range(1500)]
    again = [*items, *items[::-1], items[0], {"held": items[7]["b"]}]
    for protocol in (0, 2, 4):
        assert list(read_items(write(tmp_path, again, protocol))) == again


def test_items_that_hold_themselves(tmp_path: Path) -> None:
    item: dict[str, object] = {"a": 1}
    item["self"] = item
    (read,) = read_items(write(tmp_path, [item], 4))
    assert isinstance(read, dict)
    assert read["self"] is read


ARRAYS = [
    np.arange(6).astype(dtype).reshape(shape)
    for dtype in ("f2", "f4", "f8", ">f8", "i1", "<i4", ">u2", "?", "c16", "U3", "S2")
    for shape in ((6,), (2, 3), (1, 6, 1))
]


@pytest.mark.parametrize("protocol", range(6))
def test_numpy(tmp_path: Path, protocol: int) -> None:
    extra = [np.asfortranarray(np.ones((3, 2))), np.arange(24.0).reshape(2, 3, 4).transpose(1, 2, 0)]
    extra += [np.zeros((0, 3)), np.array(3.5), np.arange(4096.0), np.arange(10)[::2]]
    scalars = [np.float32(1.5), np.int64(3), np.bool_(True), np.str_("月"), np.float64(2.5)]
    value = {"arrays": [*ARRAYS, *extra], "scalars": scalars, "dtype": np.dtype(">f4")}
    read = read_plain(write(tmp_path, value, protocol))
    assert isinstance(read, dict)
    for there, given_ in zip(read["arrays"], value["arrays"], strict=True):
        assert there.dtype == given_.dtype
        np.testing.assert_array_equal(there, given_)
    assert read["scalars"] == scalars
    assert [type(scalar) for scalar in read["scalars"]] == [type(scalar) for scalar in scalars]
    assert read["dtype"] == value["dtype"]


def test_numpy_1_names(tmp_path: Path) -> None:
    path = tmp_path / "old.pkl"
    new = pickle.dumps([np.arange(3.0)], 2)
    assert b"numpy._core.multiarray" in new
    path.write_bytes(new.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    np.testing.assert_array_equal(next(read_items(path)), np.arange(3.0))


@pytest.mark.parametrize("value", [{"a": 1}, {}, (1, 2), "text", 3, (1, [], {"a": 1}, {}), {1}])
def test_items_need_a_list(tmp_path: Path, value: object) -> None:
    with pytest.raises(InputError, match=rf"holds a {type(value).__name__} where a list of items is wanted"):
        list(read_items(write(tmp_path, value, 4)))


@pytest.mark.parametrize("value", [[], [{"a": 1}], {}, {1: [0.5] * 100}, (1,), None, "text"])
@pytest.mark.parametrize("protocol", range(6))
def test_outer_type(tmp_path: Path, value: object, protocol: int) -> None:
    wanted = type(value) if isinstance(value, (list, dict)) else None
    assert outer_type(write(tmp_path, value, protocol)) is wanted
