"""Every shipped curriculum, and validation and test, on 1, 2, 3 and 8 processes: nothing lost, nothing twice."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.data.module import Shares
from mmtg.errors import InputError
from tests.conftest import ROOT

NAMES = sorted(path.stem for path in (ROOT / "conf" / "curriculum").glob("*.yaml"))
WORLDS = (1, 2, 3, 8)


@pytest.fixture(scope="module")
def schedules(composed):
    """The shipped curricula."""
    return {name: schedule_from(plain(composed(f"curriculum={name}").curriculum)) for name in NAMES}


def epoch_of(schedule, ratings, world, **options):
    """The batches of an epoch, by process; None if all processes refuse, which they must do together."""
    refusals, shares = 0, []
    for rank in range(world):
        try:
            shares.append(list(CurriculumBatchSampler(ratings, schedule, rank=rank, world_size=world, **options)))
        except InputError:
            refusals += 1
    assert refusals in (0, world)
    return shares if not refusals else None


def expected(schedule, ratings, epoch):
    """Which experiences an epoch draws from, and how many it shows."""
    stage = schedule.stage(epoch)
    kept = np.flatnonzero(np.isin(ratings, stage.ratings))
    return set(kept.tolist()), round(stage.share * len(kept))


def uneven(random, sizes):
    """Shuffled ratings, so many of each."""
    return random.permutation(np.repeat(np.arange(1, 6), sizes))


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 60), min_size=5, max_size=5),
    batch_size=st.integers(1, 48),
    epoch=st.integers(0, 3),
    seed=st.integers(0, 5),
)
def test_a_shipped_curriculum_is_partitioned_exactly(schedules, name, world, sizes, batch_size, epoch, seed):
    schedule, ratings = schedules[name], uneven(np.random.default_rng(seed), sizes)
    options = {"batch_size": batch_size, "epoch": epoch, "seed": seed}
    shares = epoch_of(schedule, ratings, world, **options)
    if shares is None:  # then there must be less than one for each process, or a competence that starts too small
        stage = schedule.stage(epoch)
        batch = max(1, round(batch_size * stage.batch_scale))
        assert min(expected(schedule, ratings, epoch)[1], batch) < world or schedule.competence is not None
        return
    assert len({len(batches) for batches in shares}) == 1  # else a process would wait for ever
    steps = [[i for share in step for i in share] for step in zip(*shares, strict=True)]
    for step, parts in zip(steps, zip(*shares, strict=True), strict=True):
        assert len(set(step)) == len(step)
        assert 1 <= min(map(len, parts)) <= max(map(len, parts)) <= min(map(len, parts)) + 1
    pool, count = expected(schedule, ratings, epoch)
    seen = Counter(i for step in steps for i in step)
    assert set(seen) <= pool
    if schedule.competence is None:  # without replacement: each once
        assert set(seen.values()) == {1}
        assert len(seen) == count
    one = epoch_of(schedule, ratings, 1, **options)
    if one and len(one[0]) == len(steps):  # as long as no process would be idle, the steps are those of one process
        assert [sorted(step) for step in steps] == [sorted(step) for step in one[0]]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_curriculum_draws_does_not_depend_on_the_number_of_processes(schedules, name):
    """9,001 experiences, no size of which divides by anything used here, over all epochs."""
    ratings = uneven(np.random.default_rng(0), (1999, 1801, 1733, 1667, 1801))
    for epoch in range(schedules[name].epochs):
        drawn = [
            [sorted(i for share in step for i in share) for step in zip(*shares, strict=True)]
            for shares in (epoch_of(schedules[name], ratings, w, batch_size=96, epoch=epoch, seed=1) for w in WORLDS)
        ]
        assert all(other == drawn[0] for other in drawn[1:])


@settings(max_examples=80, deadline=None)
@given(count=st.integers(1, 200), batch_size=st.integers(1, 70), world=st.sampled_from(WORLDS))
def test_validation_and_test_are_partitioned_exactly(count, batch_size, world):
    shares = [Shares(count, batch_size=batch_size, rank=rank, world_size=world) for rank in range(world)]
    items = [[i for batch in share for i in batch] for share in shares]
    assert sorted(i for own in items for i in own) == list(range(count))
    assert max(map(len, items)) - min(map(len, items)) <= 1
    assert all(1 <= len(batch) <= batch_size for share in shares for batch in share)
    assert [len(share) for share in shares] == [len(list(share)) for share in shares]
