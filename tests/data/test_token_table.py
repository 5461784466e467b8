"""Token tables: from the released pickle, and from and to their folder."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmtg.data.released import convert, convert_token_table
from mmtg.data.token_table import describe_token_table, open_token_table, save_token_table
from mmtg.errors import InputError


def make(tokens: int = 30, width: int = 2048) -> dict[Any, Any]:
    return dict(enumerate(np.random.default_rng(0).normal(size=(tokens, width)).tolist()))


def save(path: Path, value: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("width", [8, 2048])
def test_the_released_table(tmp_path: Path, protocol: int, width: int) -> None:
    table = make(width=width)
    table = {token: table[token] for token in reversed(table)}
    summary = convert(save(tmp_path / "t.pkl", table, protocol), tmp_path / "out")
    assert {**summary, "seconds": 0, "bytes": 0} == {
        "kind": "token_table", "items": 30, "vectors": 30, "shared": 0, "width": width, "seconds": 0, "bytes": 0
    }  # fmt: skip
    opened = open_token_table(tmp_path / "out")
    assert isinstance(opened, np.memmap)
    assert opened.dtype == np.float32
    np.testing.assert_array_equal(opened, np.array([table[token] for token in range(30)], np.float32))
    described = describe_token_table(tmp_path / "out")
    assert (described["tokens"], described["width"], described["origin"]) == (30, width, {"source": "t.pkl"})


def test_a_shared_vector(tmp_path: Path) -> None:
    table = make(3)
    table[1] = table[2]
    summary = convert_token_table(save(tmp_path / "t.pkl", table), tmp_path / "out")
    assert (summary["vectors"], summary["shared"]) == (2, 1)


def test_mistakes_are_named(tmp_path: Path) -> None:
    nan = [0.5] * 2047 + [float("nan")]
    for changed, said in (
        ({17: [0.5] * 2047}, "token 17: has 2047 numbers, 2048 are wanted"),
        ({17: nan}, "token 17: holds NaN or infinity"),
        ({17: None}, "token 17: must be a vector of floats"),
        ({31: [0.5] * 2048}, "has 31 entries, but none for token 30"),
        ({"a": [0.5] * 2048}, "has 31 entries, but none for token 30"),
    ):
        source = save(tmp_path / "t.pkl", make() | changed)
        with pytest.raises(InputError) as error:
            convert(source, tmp_path / "out")
        assert str(error.value) == f"{source}: {said}"
    source = save(tmp_path / "t.pkl", {})
    with pytest.raises(InputError, match="is not a dict of vectors of tokens"):
        convert(source, tmp_path / "out")
    cut = tmp_path / "t.pkl"
    cut.write_bytes(pickle.dumps(make(), 4)[:-5000])
    with pytest.raises(InputError, match="29: ends after"):
        convert(cut, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["t.pkl"]


def test_saving(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 4))
    save_token_table(tmp_path / "a", vectors, origin={"encoder": "x"})
    save_token_table(tmp_path / "b", vectors.astype(np.float32))
    save_token_table(tmp_path / "c", vectors + 1)
    prints = [describe_token_table(tmp_path / name)["fingerprint"] for name in "abc"]
    assert prints[0] == prints[1] != prints[2]
    with pytest.raises(InputError, match="is there already and not empty"):
        save_token_table(tmp_path / "a", vectors)
    save_token_table(tmp_path / "a", vectors[:2], overwrite=True)
    assert len(open_token_table(tmp_path / "a")) == 2
    for wrong in (vectors[0], vectors[:0], vectors * np.nan):
        with pytest.raises(InputError):
            save_token_table(tmp_path / "d", wrong)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_what_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(InputError, match="is no token table"):
        open_token_table(path)
    save_token_table(path, np.ones((5, 4)))
    whole = (path / "vectors.npy").read_bytes()
    other = pickle.dumps(np.ones((5, 4)))
    for wrong in (whole[:-1], whole[:20], b"", other):
        (path / "vectors.npy").write_bytes(wrong)
        with pytest.raises(InputError, match=r"vectors\.npy"):
            open_token_table(path)
    (path / "vectors.npy").write_bytes(whole)
    described = json.loads((path / "table.json").read_text())
    for wrong_text in ("{", "[]", "{}", json.dumps({**described, "format": 9}), json.dumps({**described, "width": 5})):
        (path / "table.json").write_text(wrong_text)
        with pytest.raises(InputError):
            open_token_table(path)
