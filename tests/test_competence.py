"""Competence: pools that begin easy and grow, drawn from in the same way by any number of processes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.curriculum import Competence, Schedule
from mmtg.curriculum.competence import PACES, easiest_first
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.errors import InputError

ORDER = ((1, 5), (2, 4), (3,))
EQUAL = np.arange(1000) % 5 + 1


def rule(pace="linear", **changes):
    levels = 3 if pace == "step" else None
    return Competence(
        **{"pace": pace, "start": 0.4, "full_at": 0.5, "order": ORDER, "positive_from": 4, "levels": levels, **changes}
    )


def sampler(ratings, competence, *, batch_size=20, seed=0, epochs=4, **options):
    schedule = Schedule(epochs=epochs, evaluation_positive_from=4, competence=competence)
    return CurriculumBatchSampler(ratings, schedule, batch_size=batch_size, seed=seed, **options)


def test_paces_have_their_closed_forms():
    at = (0.0, 0.125, 0.25, 0.499, 0.5, 1.0)
    assert [rule().share(x) for x in at] == pytest.approx([0.4, 0.55, 0.7, 0.9988, 1, 1])
    assert [rule("root").share(x) for x in at] == pytest.approx([0.4, 0.37**0.5, 0.58**0.5, 0.99832**0.5, 1, 1])
    assert [rule("step").share(x) for x in at] == pytest.approx([0.4, 0.4, 0.6, 0.8, 1, 1])


@given(
    pace=st.sampled_from(PACES),
    start=st.floats(0.01, 1),
    full_at=st.floats(0.01, 1),
    progress=st.lists(st.floats(0, 2), min_size=2),
)
def test_shares_rise_from_the_start_to_one(pace, start, full_at, progress):
    competence = rule(pace, start=start, full_at=full_at)
    shares = [competence.share(x) for x in sorted(progress)]
    assert shares == sorted(shares)
    assert competence.share(0) == start <= shares[0] + 1e-12
    assert competence.available(1000, full_at) == competence.available(1000, 2) == 1000
    assert max(shares) <= 1


def test_the_first_pool_is_the_easiest_level_and_the_last_is_all():
    first, *_, last = (sampler(EQUAL, rule(), epoch=epoch) for epoch in range(4))
    opening, *rest = list(first)
    assert {int(EQUAL[i]) for i in opening} == {1, 5}
    assert {int(EQUAL[i]) for batch in rest for i in batch} > {1, 5}
    assert {int(EQUAL[i]) for batch in last for i in batch} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("pace", PACES)
def test_each_batch_is_drawn_from_the_pool_of_its_step(pace):
    """A step's batch lies in the first ceil(c(t) N) experiences, and uses the whole of that pool in the long run."""
    competence = rule(pace)
    order = easiest_first(EQUAL, competence, seed=0)
    place = {int(item): i for i, item in enumerate(order)}
    for epoch in range(4):
        batches = list(sampler(EQUAL, competence, epoch=epoch))
        for step, batch in enumerate(batches):
            pool = competence.available(1000, (epoch * 50 + step) / 200)
            places = [place[i] for i in batch]
            assert max(places) < pool
            assert len(set(places)) == len(places) == 20
    assert max(place[i] for batch in batches for i in batch) > 950


def test_levels_come_in_order_and_are_shuffled_by_the_seed():
    orders = [easiest_first(EQUAL, rule(), seed=seed) for seed in (1, 1, 2)]
    for order in orders:
        assert sorted(order) == list(range(1000))
        easiness = [next(i for i, level in enumerate(ORDER) if EQUAL[item] in level) for item in order]
        assert easiness == sorted(easiness)
    assert (orders[0] == orders[1]).all()
    assert (orders[0] != orders[2]).any()


@settings(max_examples=60, deadline=None)
@given(
    ratings=st.lists(st.integers(1, 5), max_size=300).map(lambda drawn: [*drawn, *(1, 5) * 10]),
    pace=st.sampled_from(PACES),
    batch_size=st.integers(8, 40),
    world_size=st.sampled_from([1, 2, 3, 8]),
    epoch=st.integers(0, 5),
    seed=st.integers(0, 10),
)
def test_processes_see_an_exact_partition(ratings, pace, batch_size, world_size, epoch, seed):
    def share(rank):
        options = {"batch_size": batch_size, "seed": seed, "epoch": epoch}
        return list(sampler(ratings, rule(pace), rank=rank, world_size=world_size, **options))

    shares = [share(rank) for rank in range(world_size)]
    assert sum(len(batch) for batches in shares for batch in batches) <= len(ratings)
    for batches in zip(*shares, strict=True):
        sizes = [len(batch) for batch in batches]
        assert min(sizes) >= 1
        assert max(sizes) - min(sizes) <= 1
        whole = [i for batch in batches for i in batch]
        assert len(set(whole)) == len(whole) <= max(batch_size, 2 * world_size)


def test_processes_share_the_batches_of_one():
    one = list(sampler(EQUAL, rule(), epoch=1))
    parts = [list(sampler(EQUAL, rule(), epoch=1, rank=rank, world_size=3)) for rank in range(3)]
    assert [sorted(a + b + c) for a, b, c in zip(*parts, strict=True)] == [sorted(batch) for batch in one]


def test_batches_are_a_function_of_seed_and_epoch():
    def batches(seed, epoch):
        return list(sampler(EQUAL, rule(), seed=seed, epoch=epoch))

    assert batches(1, 2) == batches(1, 2)
    assert batches(1, 2) != batches(1, 3)
    assert batches(1, 2) != batches(2, 2)
    turned = sampler(EQUAL, rule(), seed=1)
    turned.set_epoch(2)
    assert list(turned) == batches(1, 2)
    assert len(turned) == turned.steps(2) == 50


@settings(deadline=None)
@given(
    ratings=st.lists(st.integers(1, 5), min_size=1, max_size=60).map(lambda drawn: [*drawn, 1, 5]),
    start=st.floats(0.5, 1),
    seed=st.integers(0, 5),
)
def test_every_pool_has_both_signs_where_the_easiest_level_has(ratings, start, seed):
    competence = rule(start=start)
    assert len(sampler(ratings, competence, batch_size=2, seed=seed))
    order = easiest_first(np.array(ratings), competence, seed=seed)
    for progress in np.linspace(0, 1, 20):
        pool = order[: competence.available(len(order), progress)]
        assert {ratings[i] >= 4 for i in pool} == {True, False}


def test_one_positive_among_many_is_in_the_first_pool():
    ratings = [1] * 500 + [5] + [3] * 99
    for seed in range(20):
        assert 500 in easiest_first(np.array(ratings), rule(), seed=seed)[:2]
        assert len(sampler(ratings, rule(start=0.01), seed=seed)) == 30


def test_a_first_pool_of_one_sign_is_refused_by_name():
    with pytest.raises(InputError, match=r"competence\.start: makes 200 of 1000 .* a positive and a negative one"):
        sampler(EQUAL, rule(start=0.2, order=((5,), (1,), (2, 4), (3,))))
    with pytest.raises(InputError, match="each of 2 processes"):
        sampler([5] * 50, rule(start=0.01), world_size=2)


def test_data_of_one_sign_are_served():
    assert sum(len(batch) for batch in sampler([5] * 50, rule(), epoch=3)) == 50


def test_a_pool_smaller_than_a_batch_gives_what_it_has():
    sizes = [len(batch) for batch in sampler(EQUAL, rule(start=0.01), batch_size=20)]
    assert sizes[0] == 10
    assert sizes[-1] == 20


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pace": "fast"}, r"competence\.pace: 'fast' is unknown; choose linear, root, step"),
        ({"start": 0.0}, "start and full_at"),
        ({"start": 1.1}, "start and full_at"),
        ({"full_at": 0.0}, "start and full_at"),
        ({"full_at": 1.5}, "start and full_at"),
        ({"pace": "step", "levels": None}, r"competence\.levels: pace=step"),
        ({"pace": "step", "levels": 0}, r"competence\.levels: pace=step"),
        ({"pace": "root", "levels": 3}, r"competence\.levels: .* pace=root"),
        ({"order": ()}, r"competence\.order"),
        ({"order": ((1, 5), ())}, r"competence\.order"),
        ({"order": ((1, 5), (5,))}, r"competence\.order"),
    ],
)
def test_bad_settings_are_refused_by_name(changes, words):
    with pytest.raises(InputError, match=words):
        rule(**changes)


def test_ratings_in_no_level_are_never_shown():
    batches = list(sampler(EQUAL, rule(order=((1, 5), (4,))), epoch=3))
    assert {int(EQUAL[i]) for batch in batches for i in batch} == {1, 4, 5}
    assert sum(len(batch) for batch in batches) == 600
