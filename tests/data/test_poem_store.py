"""Poems on disk: each text once, read one at a time."""

import pickle
from itertools import pairwise

import pytest

from mmtg.data.poem_store import PoemStore, PoemWriter
from mmtg.data.splits import Poem

POEMS = [Poem(f"p-{i}", "题" * (i % 3), (f"春{i}", "眠")[: 1 + i % 2]) for i in range(2500)]


@pytest.fixture
def stores(tmp_path):
    with PoemWriter(tmp_path) as writer:
        for i, poem in enumerate(POEMS):
            writer.add(poem, "val" if i % 5 == 0 else "train")
        for poem in POEMS[:7]:
            writer.add(poem, "train")
        writer.finish()
    return writer, PoemStore.open(tmp_path / "train"), PoemStore.open(tmp_path / "val")


def test_poems_come_back_each_once(stores):
    writer, train, val = stores
    assert writer.counts == {"train": 2000, "val": 500, "duplicates": 7}
    expected = [poem for i, poem in enumerate(POEMS) if i % 5]
    assert list(train) == [train[i] for i in range(len(train))] == expected
    assert list(val) == POEMS[::5]
    with pytest.raises(IndexError):
        train[2000]


def test_characters_are_those_of_training(stores):
    texts = "".join(poem.topic + "".join(poem.lines) for i, poem in enumerate(POEMS) if i % 5)
    assert stores[0].characters == {character: texts.count(character) for character in set(texts)}


def test_a_store_goes_to_another_process(stores):
    sent = pickle.dumps(stores[1])
    assert len(sent) < 5000
    assert list(pickle.loads(sent)) == list(stores[1])


@pytest.mark.parametrize("count", [1, 3, 499, 500, 900])
def test_some_are_spread_over_all(stores, count):
    val = stores[2]
    chosen = list(val.spread(count))
    assert len(chosen) == len({poem.id for poem in chosen}) == min(count, 500)
    places = [POEMS.index(poem) // 5 for poem in chosen]
    gaps = {after - before for before, after in pairwise(places)}
    assert len(gaps) <= 2
    assert places[0] == 0


def test_lines_are_told_apart_from_their_joins(tmp_path):
    with PoemWriter(tmp_path) as writer:
        writer.add(Poem("a", "", ("春眠", "晓")), "train")
        writer.add(Poem("b", "", ("春", "眠晓")), "train")
    assert writer.counts["duplicates"] == 0
