"""Shards: one in memory at a time, batches that partition, and what is refused."""

import pickle
from itertools import groupby

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data.posts import shards
from mmtg.data.posts.shards import ShardBatchSampler, ShardedPosts
from mmtg.errors import InputError
from tests.data.posts.conftest import jpeg

LIMIT = 10_000


@pytest.fixture
def folder(shard):
    shard("one", ["a ", "b ", "c "])
    shard("two", ["d"])
    return shard("three", ["e", "f"])


@pytest.fixture
def reads(monkeypatch):
    """Names of the files that are read."""
    seen, read = [], shards.read_records
    monkeypatch.setattr(shards, "read_records", lambda path, tokens: seen.append(path.stem) or read(path, tokens))
    return seen


def test_posts_lie_one_shard_behind_the_other(folder, tokens):
    posts = ShardedPosts(folder, ["one", "two", "three"], tokens, max_pixels=LIMIT)
    assert (posts.sizes, len(posts)) == ([3, 1, 2], 6)
    assert [posts[i].id for i in range(6)] == ["a ", "b ", "c ", "d", "e", "f"]
    assert tokens.vocabulary.decode(posts[1].text) == "眠不觉"
    assert posts[0].picture().size == (24, 16)
    assert len({posts[i].picture_key for i in range(6)}) == 6
    with pytest.raises(IndexError):
        posts[6]


def test_one_shard_is_in_memory(folder, tokens, reads):
    posts = ShardedPosts(folder, ["one", "two", "three"], tokens, max_pixels=LIMIT)
    assert reads == ["one", "two", "three"]
    assert [posts[i].id for i in range(6)]
    assert reads[3:] == ["one", "two", "three"]
    assert len(posts._shards._held[1]) == 2
    other = pickle.loads(pickle.dumps(posts))
    assert other._shards._held is None
    assert other[3].id == "d"


def test_some_of_the_posts(folder, tokens, reads):
    posts = ShardedPosts(folder, ["one", "two", "three"], tokens, max_pixels=LIMIT)
    some = posts.only(lambda did: did in ("b ", "e"))
    assert some.sizes == [1, 0, 1]
    assert [some[i].id for i in range(2)] == ["b ", "e"]
    assert [posts.only(lambda did: did not in ("b ", "e"))[i].id for i in range(4)] == ["a ", "c ", "d", "f"]
    assert posts[4].id == "e"


def test_the_published_shard(shared, published):
    posts = ShardedPosts(shared / "data" / "cromic", ["example"], published, max_pixels=10**6)
    assert posts.sizes == [10]
    assert sum(len(posts[i].replies) for i in range(10)) == 62
    assert all(min(posts[i].picture().size) == 256 for i in range(10))


def test_what_is_refused(folder, tokens, shard):
    shard("bare", ["x", "y "], pictures={"x": jpeg(), "y": jpeg()})
    for names, word in ([["bare"], "did 'y '"], [["none"], "none.pt"], [[], "names"], [["one", "one"], "once"]):
        with pytest.raises(InputError, match=word):
            ShardedPosts(folder, names, tokens, max_pixels=LIMIT)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=5),
    batch_size=st.integers(1, 12),
    epoch=st.integers(0, 3),
    world=st.sampled_from([1, 2, 3, 8]),
)
def test_batches_partition_an_epoch(sizes, batch_size, epoch, world):
    if batch_size < world or any(0 < size < world for size in sizes):
        with pytest.raises(InputError):
            ShardBatchSampler(sizes, batch_size=batch_size, seed=1, world_size=world)
        return
    options = {"batch_size": batch_size, "seed": 1, "epoch": epoch, "world_size": world}
    ranks = [ShardBatchSampler(sizes, rank=rank, **options) for rank in range(world)]
    shares = [list(sampler) for sampler in ranks]
    assert {len(share) for share in shares} == {len(ranks[0])} == {ranks[0].steps(epoch)}
    batches = [[i for share in step for i in share] for step in zip(*shares, strict=True)]
    assert sorted(i for batch in batches for i in batch) == list(range(sum(sizes)))
    assert all(step for share in shares for step in share)
    owner = [shard for shard, size in enumerate(sizes) for _ in range(size)]
    order = [owner[batch[0]] for batch in batches]
    assert all({owner[i] for i in batch} == {shard} for batch, shard in zip(batches, order, strict=True))
    assert len([shard for shard, _ in groupby(order)]) == len(set(order))


@pytest.mark.parametrize("world", [2, 3])
def test_processes_see_together_what_one_sees(world):
    options = {"batch_size": 7, "seed": 5, "epoch": 2}
    alone = list(ShardBatchSampler([20, 9, 13], **options))
    few = [s // 7 + (s % 7 > 0) for s in (20, 9, 13)]
    assert len(alone) == sum(few)
    shares = [list(ShardBatchSampler([20, 9, 13], rank=r, world_size=world, **options)) for r in range(world)]
    together = [sorted(i for share in step for i in share) for step in zip(*shares, strict=True)]
    assert together == [sorted(batch) for batch in alone]


def test_epochs_differ_and_can_be_resumed():
    sampler = ShardBatchSampler([20, 9, 13], batch_size=4, seed=5)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert first != second
    sampler.skip(3)
    assert (list(sampler), len(sampler)) == (second[3:], len(second))
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert torch.tensor(first[0]).dtype == torch.int64
