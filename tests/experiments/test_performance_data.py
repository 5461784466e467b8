"""The made-up pickles of the performance study are pickles of the released format."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from mmtg.data.released import convert
from mmtg.data.store import ExperienceStore


@pytest.mark.parametrize("shared", [False, True])
def test_made_pickles(tmp_path, monkeypatch, shared):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "experiments" / "performance"))
    import made

    made.write_pickle(tmp_path / "made.pkl", 10, shared=shared)
    items = pickle.loads((tmp_path / "made.pkl").read_bytes())
    summary = convert(tmp_path / "made.pkl", tmp_path / "store", vector_dtype="float16")
    assert summary["vectors"] == (2 * made.VECTORS if shared else 110)
    store = ExperienceStore.open(tmp_path / "store")
    for place, item in enumerate(items):
        names = ["topic_emb", *(f"{kind}_{step}_emb" for kind in ("img", "r") for step in range(made.STEPS))]
        wanted = np.array([item[name] for name in names], np.float16).astype(np.float32)
        np.testing.assert_array_equal(store.vectors(store.numbers(np.array([place])))[0], wanted)
        assert store[place].lines == tuple(item["lyrics"])
