"""The curriculum: filtered before batching, never empty, an exact partition for any number of processes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.curriculum import Schedule, Stage
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.errors import InputError

PUBLISHED = Schedule(
    epochs=5,
    evaluation_positive_from=4,
    stages=(
        Stage(until_epoch=1, ratings=(1, 5), positive_from=5, batch_scale=2),
        Stage(until_epoch=3, ratings=(1, 2, 4, 5), positive_from=4),
        Stage(until_epoch=None, ratings=(1, 2, 3, 4, 5), positive_from=4),
    ),
)


def test_published_stages():
    assert [PUBLISHED.number(epoch) for epoch in range(6)] == [0, 1, 1, 2, 2, 2]
    ratings = np.arange(1000) % 5 + 1
    sampler = CurriculumBatchSampler(ratings, PUBLISHED, batch_size=20, seed=0)
    assert [sampler.steps(epoch) for epoch in range(5)] == [10, 40, 40, 50, 50]


@settings(max_examples=60, deadline=None)
@given(
    ratings=st.lists(st.integers(1, 5), min_size=1, max_size=300),
    batch_size=st.integers(1, 40),
    world_size=st.sampled_from([1, 2, 3, 8]),
    epoch=st.integers(0, 4),
    seed=st.integers(0, 10),
)
def test_an_epoch_is_an_exact_partition(ratings, batch_size, world_size, epoch, seed):
    kept = [i for i, rating in enumerate(ratings) if rating in PUBLISHED.stage(epoch).ratings]
    scale = PUBLISHED.stage(epoch).batch_scale

    def share(rank):
        return CurriculumBatchSampler(
            ratings, PUBLISHED, batch_size=batch_size, seed=seed, epoch=epoch, rank=rank, world_size=world_size
        )

    if len(kept) < world_size or batch_size * scale < world_size:
        with pytest.raises(InputError, match="curriculum"):
            share(0)
        return
    shares = [list(share(rank)) for rank in range(world_size)]
    assert sorted(i for batches in shares for batch in batches for i in batch) == kept
    for batches in zip(*shares, strict=True):
        sizes = [len(batch) for batch in batches]
        assert min(sizes) >= 1
        assert max(sizes) - min(sizes) <= 1
        assert sum(sizes) <= max(batch_size * scale, 2 * world_size)


def test_epochs_differ_and_seeds_repeat():
    def order(seed, epoch):
        return list(CurriculumBatchSampler([5] * 50, PUBLISHED, batch_size=10, seed=seed, epoch=epoch))

    assert order(1, 0) == order(1, 0)
    assert order(1, 1) != order(1, 2)
    assert order(1, 1) != order(2, 1)


def test_processes_share_the_batches_of_one():
    ratings = [5] * 60
    one = list(CurriculumBatchSampler(ratings, PUBLISHED, batch_size=8, seed=3, epoch=2))
    parts = [
        list(CurriculumBatchSampler(ratings, PUBLISHED, batch_size=8, seed=3, epoch=2, rank=r, world_size=2))
        for r in range(2)
    ]
    assert [sorted(a + b) for a, b in zip(*parts, strict=True)] == [sorted(batch) for batch in one]


@pytest.mark.parametrize("borders", [(3, 1), (1, 2), (None, 3), ()])
def test_bad_borders_are_refused(borders):
    stages = tuple(Stage(until_epoch=border, ratings=(5,), positive_from=5) for border in borders)
    with pytest.raises(InputError, match="stages"):
        Schedule(epochs=5, stages=stages, evaluation_positive_from=4)
