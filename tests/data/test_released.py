"""The released pickles become a store; each mistake in one is named, and leaves nothing behind."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmtg.data.experience import StepScores
from mmtg.data.released import convert, convert_experiences
from mmtg.data.store import ExperienceStore
from mmtg.errors import InputError

WIDTH = 2048
Item = dict[str, Any]


def make_items(count: int, width: int = WIDTH, kind: Callable[[np.ndarray], Any] = np.ndarray.tolist) -> list[Item]:
    """Items as they were released: five ratings of a lyric share its topic, pictures and lines."""
    draws = np.random.default_rng(count)

    def vector() -> Any:
        drawn = draws.normal(size=width)
        return kind(drawn / np.linalg.norm(drawn))

    items: list[Item] = []
    for number in range(count):
        if number % 5 == 0:
            shared = {"topic": f"月{number}", "topic_emb": vector(), "lyrics": [f"第{i}句{number}" for i in range(10)]}
            shared |= {f"img_{step}_emb": vector() for step in range(5)}
            texts = [vector() for _ in range(5)]
        item = dict(shared)
        for step in range(5):
            item[f"r_{step}"] = f"那天{number}{step}"
            item[f"r_{step}_emb"] = texts[step] if step else vector()
        items.append(item | {"rating": number % 5 + 1})
    return items


def add_scores(items: list[Item]) -> list[Item]:
    for item in items:
        del item["rating"]
        item |= {f"score_{step}": {"img_rel": [1, 5], "r_rel": [step + 1, 3], "cmp_rel": [0, 2]} for step in range(5)}
    return items


def save(path: Path, value: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


def check_store(path: Path, items: list[Item]) -> None:
    store = ExperienceStore.open(path)
    assert len(store) == len(items)
    for number, item in enumerate(items):
        stored = store[number]
        assert stored.id == f"item-{number:06d}"
        assert (stored.topic, list(stored.lines or ())) == (item["topic"], item["lyrics"])
        assert stored.texts == tuple(item[f"r_{step}"] for step in range(5))
        assert stored.rating == item.get("rating")
        for step in range(5):
            for name, index in (("img", stored.image_vectors[step]), ("r", stored.text_vectors[step])):
                wanted = np.asarray(item[f"{name}_{step}_emb"], np.float32)
                np.testing.assert_array_equal(store.vectors(index), wanted)
        np.testing.assert_array_equal(
            store.vectors(np.array(stored.topic_vector)), np.asarray(item["topic_emb"], np.float32)
        )


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("width", [8, WIDTH])
def test_shared_lists(tmp_path: Path, protocol: int, width: int) -> None:
    items = make_items(12, width)
    told: list[tuple[int, int]] = []
    source = save(tmp_path / "train.pkl", items, protocol)
    summary = convert(source, tmp_path / "out", progress=lambda *done: told.append(done))
    size = source.stat().st_size
    assert summary.pop("seconds") >= 0
    counts = {"items": 12, "vectors": 3 * 10 + 12, "shared": 12 * 11 - 42}
    assert summary == {"kind": "experiences", **counts, "width": width, "bytes": size}
    assert told[-1] == (size, size)
    check_store(tmp_path / "out", items)
    assert ExperienceStore.open(tmp_path / "out").origin == {"source": "train.pkl"}


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numpy_vectors(tmp_path: Path, protocol: int, dtype: str) -> None:
    items = make_items(7, kind=lambda vector: vector.astype(dtype))
    summary = convert(save(tmp_path / "a.pkl", items, protocol), tmp_path / "out")
    assert summary["vectors"] == 2 * 10 + 7
    check_store(tmp_path / "out", items)


def test_equal_vectors_that_are_not_shared(tmp_path: Path) -> None:
    items = pickle.loads(pickle.dumps(make_items(1))) + pickle.loads(pickle.dumps(make_items(1)))
    assert convert(save(tmp_path / "a.pkl", items), tmp_path / "out")["vectors"] == 11


def test_scores_and_extras(tmp_path: Path) -> None:
    items = add_scores(make_items(3))
    for item in items:
        item |= {"text_0": "x", "text_0_emb": [0.5] * WIDTH, "img_0": "a.jpg", "extra": [1, {"b": None}]}
    convert(save(tmp_path / "a.pkl", items), tmp_path / "out")
    store = ExperienceStore.open(tmp_path / "out")
    assert store[2].scores == tuple(StepScores((1, 5), (step + 1, 3), (0, 2)) for step in range(5))
    assert store[2].rating is None
    assert store.vector_count == 10 + 3  # text_0_emb is not among them


def test_missing_inputs_are_masked(tmp_path: Path) -> None:
    items = make_items(2)
    items[1] |= {"topic_emb": None, "img_3_emb": None, "r_2": None, "r_2_emb": None}
    convert(save(tmp_path / "a.pkl", items), tmp_path / "out")
    stored = ExperienceStore.open(tmp_path / "out")[1]
    assert (stored.topic_vector, stored.image_vectors[3], stored.text_vectors[2], stored.texts[2]) == (-1, -1, -1, None)


def test_other_numbers_of_steps(tmp_path: Path) -> None:
    items = [{"topic": "a", "topic_emb": [0.5, 1.0], "lyrics": ["x"] * 3, "rating": 1, "img_0_emb": [1.0, 0.0]}]
    items[0] |= {"r_0": "b", "r_0_emb": [1, 0]}
    source = save(tmp_path / "a.pkl", items)
    convert_experiences(source, tmp_path / "out", steps=1, lines_per_step=3, vector_dtype="float16")
    store = ExperienceStore.open(tmp_path / "out")
    assert (store.steps, store.width, store.vector_count) == (1, 2, 2)


def spoil(**changed: Any) -> Callable[[Item], None]:
    return lambda item: item.update(changed)


def drop(key: str) -> Callable[[Item], None]:
    return lambda item: item.pop(key)


def spoil_vector(key: str, value: float, at: int = 1500) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        item[key] = [*item[key][:at], value, *item[key][at + 1 :]]

    return change


WRONG: dict[str, tuple[Callable[[Item], Any], str]] = {
    "short": (spoil(img_2_emb=[0.5] * 2047), "img_2_emb: has 2047 numbers, 2048 are wanted"),
    "very short": (spoil(r_2_emb=[0.5] * 3), "r_2_emb: has 3 numbers, 2048 are wanted"),
    "empty": (spoil(r_2_emb=[]), "r_2_emb: must be a vector of floats, not list"),
    "nan": (spoil_vector("r_4_emb", float("nan")), "r_4_emb: holds NaN or infinity"),
    "inf": (spoil_vector("topic_emb", float("-inf")), "topic_emb: holds NaN or infinity"),
    "too large": (spoil_vector("img_0_emb", 1e300), "img_0_emb: holds NaN or infinity"),
    "text in it": (spoil_vector("img_0_emb", "a"), "img_0_emb: must be a vector of floats, not list"),  # type: ignore[arg-type]
    "text for it": (spoil(img_0_emb="a"), "img_0_emb: must be a vector of floats, not str"),
    "matrix": (spoil(img_0_emb=np.ones((1, 2048))), "img_0_emb: must be a vector of floats, not an array of float64"),
    "whole": (spoil(img_0_emb=np.ones(2048, int)), "img_0_emb: must be a vector of floats, not an array of int64"),
    "rating": (spoil(rating=7), "rating: must be a whole number from 1 to 5, not 7"),
    "rating float": (spoil(rating=3.0), "rating: must be a whole number from 1 to 5, not 3.0"),
    "lines": (spoil(lyrics=["a"] * 9), "lyrics: has 9 entries, 10 are wanted"),
    "no lines": (spoil(lyrics=None), "lyrics: must be a list, not NoneType"),
    "line": (spoil(lyrics=["a"] * 9 + [None]), "lyrics: holds None where str is wanted"),
    "topic": (spoil(topic=["a"]), "topic: must be text, not list"),
    "text": (spoil(r_1=1), "r_1: must be text, not int"),
    "six steps": (spoil(img_5_emb=None), "img_5_emb: is there, but 5 steps are wanted"),
    "scores": (spoil(score_0={}), "score_1: is missing"),
    **{
        f"no {key}": (drop(key), f"{key}: is missing")
        for key in ("topic", "topic_emb", "lyrics", "img_4_emb", "r_0", "r_3_emb", "rating")
    },
}
WRONG_SCORES: dict[str, tuple[Callable[[Item], Any], str]] = {
    "range": (
        spoil(score_3={"img_rel": [1, 6], "r_rel": [1, 1], "cmp_rel": [0, 0]}),
        "score_3.img_rel: must be a whole",
    ),
    "raters": (spoil(score_3={"img_rel": [1, 5], "r_rel": [1], "cmp_rel": [0, 0]}), "score_3.r_rel: has 1 entries"),
    "missing": (spoil(score_3={"img_rel": [1, 5], "r_rel": [1, 1]}), "score_3.cmp_rel: is missing"),
    "kind": (spoil(score_3=[1]), "score_3: must be a dict of scores"),
    "inner kind": (spoil(score_3={"img_rel": 1, "r_rel": [1], "cmp_rel": [0]}), "score_3.img_rel: must be a list"),
}


@pytest.mark.parametrize("kind", [*WRONG, *(f"scores {name}" for name in WRONG_SCORES)])
def test_mistakes_are_named(tmp_path: Path, kind: str) -> None:
    items = make_items(9)
    if scored := kind.startswith("scores "):
        add_scores(items)
    change, said = WRONG_SCORES[kind.removeprefix("scores ")] if scored else WRONG[kind]
    change(items[7])
    source = save(tmp_path / "a.pkl", items)
    with pytest.raises(InputError) as error:
        convert(source, tmp_path / "made" / "out")
    assert str(error.value).startswith(f"{source}: item 7: {said}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_other_mistakes(tmp_path: Path) -> None:
    for value, said in (
        ([], "a.pkl: holds no items"),
        ([1], "a.pkl: item 0: must be a dict, not int"),
        ((1,), "a.pkl: holds neither a list of experiences nor a dict"),
        ("text", "a.pkl: holds neither a list of experiences nor a dict"),
    ):
        source = save(tmp_path / "a.pkl", value)
        with pytest.raises(InputError, match=said):
            convert(source, tmp_path / "out")
    for source in (tmp_path / "missing.pkl", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            convert(source, tmp_path / "out")
    with pytest.raises(InputError, match="vector_dtype must be float32 or float16, not int8"):
        convert(save(tmp_path / "a.pkl", make_items(1)), tmp_path / "out", vector_dtype="int8")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_an_existing_target_is_refused_before_reading(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept").touch()
    for value in (make_items(1), {0: [0.5] * WIDTH}):
        with pytest.raises(InputError, match=r"out: is there already and not empty"):
            convert(save(tmp_path / "a.pkl", value), tmp_path / "out")


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_cut_short(tmp_path: Path, protocol: int) -> None:
    whole = pickle.dumps(make_items(6), protocol)
    for part in range(50):
        source = tmp_path / "a.pkl"
        source.write_bytes(whole[: len(whole) * part // 50])
        with pytest.raises(InputError) as error:
            convert(source, tmp_path / "out")
        assert str(error.value).startswith(f"{source}: ")
        assert "ends after" in str(error.value) or part == 0
        assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_cut_short_names_the_place(tmp_path: Path) -> None:
    whole = pickle.dumps(make_items(6), 4)
    source = tmp_path / "a.pkl"
    source.write_bytes(whole[: whole.index(b"r_3_emb") + 3000])
    with pytest.raises(InputError, match=r"a\.pkl: item 0: r_3_emb: ends after \d+ bytes, in the middle of a value"):
        convert(source, tmp_path / "out")


PEAK = """
import resource, sys
from mmtg.data.released import convert
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
convert(sys.argv[1], sys.argv[2])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = {}
    for count in (300, 1500):
        source = save(tmp_path / f"{count}.pkl", make_items(count))
        command = [sys.executable, "-c", PEAK, str(source), str(tmp_path / f"{count}")]
        peaks[count] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    size = (tmp_path / "1500.pkl").stat().st_size >> 20
    assert size > 75
    assert peaks[1500] < 100  # MB, of which the vectors waiting to be written are 32 and the pages read 8
    assert peaks[1500] - peaks[300] < size / 2
