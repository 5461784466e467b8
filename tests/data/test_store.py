"""A store gives back what was written, whole or not at all."""

import json
import multiprocessing
import pickle
import shutil
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest

from mmtg.data import store_writer
from mmtg.data.experience import Experience, Step, StepScores
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.errors import InputError
from mmtg.files import build_file, build_folder, write_json, write_text

WIDTH = 16
VECTORS = np.random.default_rng(0).normal(size=(40, WIDTH)).astype(np.float32)
WHOLE = Experience(
    id="whole",
    topic="月，河",
    steps=tuple(Step(text=text) for text in ("一", None, "", "四", "五")),
    lines=tuple(f"第{i}行" for i in range(10)),
    rating=4,
    scores=tuple(StepScores((1, i + 1), (2, 3), (0, 2)) for i in range(5)),
    plan=(("moon", "river"), (), (), ("boat",), ()),
)
BARE = Experience(id="bare", topic="", steps=(Step(),) * 5)


def write(path: Path, *, experiences: int = 7, vectors: np.ndarray = VECTORS, **changed: Any) -> Path:
    arguments: dict[str, Any] = {"steps": 5, "lines_per_step": 2, "width": WIDTH, "origin": {"encoder": "测试"}}
    with StoreWriter(path, **{**arguments, **changed}) as writer:
        numbers = [writer.vector(vector) for vector in vectors]
        for i in range(experiences):
            experience, topic = (BARE, -1) if i % 3 == 2 else (WHOLE, numbers[i])
            writer.add(experience, topic_vector=topic, image_vectors=numbers[:5], text_vectors=[-1, i, -1, 3, 4])
    return path


def test_gives_back_what_was_written(tmp_path: Path) -> None:
    store = ExperienceStore.open(write(tmp_path / "store"))
    assert (len(store), store.width, store.steps, store.lines_per_step) == (7, WIDTH, 5, 2)
    assert store.origin == {"encoder": "测试"}
    whole, bare = store[1], store[2]
    assert (whole.id, whole.topic, whole.texts) == ("whole", WHOLE.topic, ("一", None, "", "四", "五"))
    assert (whole.lines, whole.rating, whole.scores, whole.plan) == (WHOLE.lines, 4, WHOLE.scores, WHOLE.plan)
    assert whole.topic_vector == 1
    assert whole.image_vectors.tolist() == [0, 1, 2, 3, 4]
    assert whole.text_vectors.tolist() == [-1, 1, -1, 3, 4]
    assert whole.image_vectors.dtype == whole.text_vectors.dtype == np.int32
    assert (bare.lines, bare.rating, bare.scores, bare.plan, bare.topic_vector) == (None, None, None, None, -1)
    assert bare.texts == (None,) * 5
    assert store.ratings.tolist() == [4, 4, 0, 4, 4, 0, 4]
    assert store.ratings.dtype == np.int8
    assert list(store.topics()) == [WHOLE.topic, WHOLE.topic, "", WHOLE.topic, WHOLE.topic, "", WHOLE.topic]
    assert list(store.lines())[1:3] == [WHOLE.lines, ()]
    assert store[-1].id == "whole"
    with pytest.raises(IndexError):
        store[7]


@pytest.mark.parametrize(("dtype", "close"), [("float32", 0), ("float16", 2e-3)])
def test_vectors(tmp_path: Path, dtype: str, close: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "BYTES_AT_ONCE", 7 * WIDTH * 4)  # several chunks
    store = ExperienceStore.open(write(tmp_path / "store", vector_dtype=dtype))
    indices = np.random.default_rng(1).integers(-1, 40, (3, 4, 5))
    wanted = np.where(indices[..., None] < 0, 0, VECTORS[indices])
    gathered = store.vectors(indices)
    assert gathered.dtype == np.float32
    np.testing.assert_allclose(gathered, wanted, rtol=close, atol=close)
    assert store.vectors(np.array(-1)).shape == (WIDTH,)
    assert store.vectors(np.zeros((0, 2), np.int64)).shape == (0, 2, WIDTH)
    for outside in (-2, 40):
        with pytest.raises(IndexError):
            store.vectors(np.array([outside]))


def test_equal_vectors_are_kept_once(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", steps=5, lines_per_step=2, width=None) as writer:
        assert [writer.vector(VECTORS[i]) for i in (0, 1, 0, 2, 1)] == [0, 1, 0, 2, 1]
        assert writer.vector(VECTORS[1].astype(np.float64)) == 1
        for wrong in (np.ones(WIDTH + 1), np.ones((1, WIDTH)), np.full(WIDTH, np.nan), np.full(WIDTH, 1e300)):
            with pytest.raises(InputError):
                writer.vector(wrong)
    store = ExperienceStore.open(tmp_path / "store")
    assert (len(store), store.vector_count, store.width) == (0, 3, WIDTH)
    assert list(store.topics()) == []
    assert store.ratings.tolist() == []


def test_without_vectors(tmp_path: Path) -> None:
    path = write(tmp_path / "store", vectors=VECTORS[:0], experiences=0)
    assert ExperienceStore.open(path).vectors(np.full((2, 3), -1)).shape == (2, 3, WIDTH)


def test_fingerprint_tells_content(tmp_path: Path) -> None:
    def fingerprint(name: str, **changed: Any) -> str:
        return ExperienceStore.open(write(tmp_path / name, **changed)).fingerprint

    first = fingerprint("a")
    assert fingerprint("b", origin={}) == first
    others = [
        fingerprint("c", experiences=6),
        fingerprint("d", vectors=VECTORS + 1),
        fingerprint("e", vector_dtype="float16"),
    ]
    assert len({first, *others}) == 4


def test_datasets_opens_the_tables(tmp_path: Path) -> None:
    path = write(tmp_path / "store")
    assert datasets.load_from_disk(str(path / "experiences"))["id"][:3] == ["whole", "whole", "bare"]
    assert np.allclose(datasets.load_from_disk(str(path / "vectors"))[3]["vector"], VECTORS[3])


def _read(store: ExperienceStore) -> tuple[str, float]:
    return store[2].id, float(store.vectors(np.arange(40)).sum())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_read(tmp_path: Path, method: str) -> None:
    store = ExperienceStore.open(write(tmp_path / "store"))
    here = _read(store)
    assert len(pickle.dumps(store)) < 1000
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_read, [store] * 4) == [here] * 4


def test_nothing_is_left_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), StoreWriter(tmp_path / "a" / "s", steps=5, lines_per_step=2, width=4):
        raise ZeroDivisionError
    with pytest.raises(TypeError):
        write(tmp_path / "a" / "s", origin={"not": object()})
    assert list(tmp_path.iterdir()) == []


def test_wrong_experiences_and_numbers(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "s", steps=5, lines_per_step=2, width=4) as writer:
        with pytest.raises(InputError, match="whole: lyrics: has 10 entries"):
            StoreWriter(tmp_path / "t", steps=5, lines_per_step=1, width=4).add(
                WHOLE, image_vectors=[-1] * 5, text_vectors=[-1] * 5
            )
        for images in ([-1] * 4, [-1] * 6, [0] * 5, [-2] * 5):
            with pytest.raises(ValueError):
                writer.add(BARE, image_vectors=images, text_vectors=[-1] * 5)


def test_an_existing_target(tmp_path: Path) -> None:
    path = tmp_path / "store"
    (path / "kept").mkdir(parents=True)
    with pytest.raises(InputError, match=r"store: is there already and not empty"):
        write(path)
    assert [found.name for found in path.iterdir()] == ["kept"]
    write(path, overwrite=True)
    assert not (path / "kept").exists()
    with pytest.raises(InputError, match="not finite"):
        write(path, overwrite=True, vectors=VECTORS * np.nan)
    assert len(ExperienceStore.open(path)) == 7
    assert [found.name for found in tmp_path.iterdir()] == ["store"]
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty")
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match="is not a folder"):
        write(tmp_path / "file", overwrite=True)


def test_what_is_no_store(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(InputError) as error:
            ExperienceStore.open(path)
        assert str(path) in str(error.value)
        return str(error.value)

    good = write(tmp_path / "good")
    assert "there is no such store" in said(tmp_path / "missing")
    assert "is a file" in said(good / "store.json")
    assert "it has no store.json" in said(tmp_path)
    for file in ("vectors/data-00000-of-00001.arrow", "experiences/state.json"):
        torn = shutil.copytree(good, tmp_path / "torn", dirs_exist_ok=True)
        (torn / file).write_bytes((torn / file).read_bytes()[:-1])
        assert f"{file}: has " in said(torn)
        (torn / file).unlink()
        assert f"{file}: is missing" in said(torn)
        shutil.rmtree(torn)
    described = json.loads((good / "store.json").read_text())
    for wrong in ("{", "[]", "null", "{}", json.dumps({**described, "format": 99}), '{"format": 1}'):
        (good / "store.json").write_text(wrong)
        said(good)


def test_building_files(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "a.txt", "月")
    write_json(tmp_path / "new" / "a.json", {"月": 1})
    assert (tmp_path / "new" / "a.txt").read_text() == "月"
    assert (tmp_path / "new" / "a.json").read_text() == '{\n  "月": 1\n}\n'
    with pytest.raises(TypeError):
        write_json(tmp_path / "new" / "a.json", {"not": object()})
    with pytest.raises(ValueError), build_file(tmp_path / "new" / "a.txt") as partial:
        raise ValueError(partial.write_text("half"))
    with pytest.raises(ValueError), build_folder(tmp_path / "b" / "c") as folder:
        raise ValueError((folder / "half").write_text("half"))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.json", "a.txt", "new"]
    assert (tmp_path / "new" / "a.txt").read_text() == "月"
