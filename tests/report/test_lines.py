"""Learning curves as numbers: nothing is lost by thinning, seeds are brought together by step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtg.errors import InputError
from mmtg.report.lines import Series, Stretch, curve, series_of, stages_of
from mmtg.report.reading import Logged


def series(values, steps=None):
    steps = np.arange(len(values), dtype=float) if steps is None else np.array(steps, float)
    return Series(steps, steps / 10, np.array(values, float))


FINITE = st.floats(-1e6, 1e6)


@given(st.lists(FINITE, min_size=1, max_size=60), st.integers(1, 80))
def test_a_thinned_line_keeps_the_mean_and_the_bounds(values, points):
    made = curve([series(values)], points)
    assert len(made.mean) == min(points, len(values))
    assert made.mean.min() >= min(values) - 1e-6
    assert made.mean.max() <= max(values) + 1e-6
    assert list(made.steps) == sorted(made.steps)
    if points >= len(values):
        assert made.mean == pytest.approx(np.array(values))
    elif len(values) % points == 0:
        assert made.mean.mean() == pytest.approx(np.mean(values), abs=1e-6)


@given(st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=30))
def test_the_band_holds_every_seed(rows):
    seeds = [series([row[seed] for row in rows]) for seed in range(3)]
    made = curve(seeds, 100)
    assert np.all(made.low <= made.mean + 1e-6)
    assert np.all(made.mean <= made.high + 1e-6)
    assert made.low == pytest.approx(np.min(rows, axis=1))
    assert made.high == pytest.approx(np.max(rows, axis=1))


def test_a_seed_that_ended_early_counts_where_it_was():
    made = curve([series([1, 1, 1, 1]), series([3, 3])], 10)
    assert list(made.mean) == [2, 2, 1, 1]


def test_a_step_that_was_logged_again_counts_once_as_it_was_last():
    lines = [Logged(1, 0, "a", 5.0), Logged(2, 0, "a", 6.0), Logged(1, 0, "a", 7.0)]
    assert list(series_of(lines)["a"].values) == [7, 6]


def test_epochs_go_by_with_the_steps():
    lines = [Logged(step, step // 10, "a", 0.0) for step in range(30)] + [Logged(19, 1, "val", 1.0)]
    found = series_of(lines)
    assert np.all(np.diff(found["a"].epochs) > 0)
    assert found["val"].epochs == pytest.approx([2])
    assert found["a"].epochs[-1] == pytest.approx(3)
    assert found["a"].epochs[4] == pytest.approx(0.5)


def test_stages_begin_between_two_logged_steps():
    lines = [Logged(step, step // 20, "train/stage", float(step >= 20)) for step in range(0, 40, 10)]
    first, second = stages_of(series_of(lines))
    assert (first.stage, first.step) == (0, 0)
    assert second == Stretch(1, 15.0, second.epoch)


def test_one_stage_is_none():
    assert stages_of(series_of([Logged(1, 0, "train/stage", 0.0), Logged(2, 0, "train/stage", 0.0)])) == ()


def test_a_stage_that_jumps_to_and_fro_is_no_curriculum():
    assert stages_of(series_of([Logged(step, 0, "train/stage", step % 2 * 1e300) for step in range(200)])) == ()


def test_steps_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="larger than can be"):
        series_of([Logged(10**400, 0, "a", 1.0)])
