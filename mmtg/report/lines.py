"""Learning curves as numbers: series of a run, means and spread over the seeds of a row.

Letters of shapes: P points of a curve, S seeds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmtg.errors import InputError
from mmtg.report.reading import Logged

STAGE = "train/stage"
LARGEST = 2**53
"""Steps and epochs are counted exactly up to here."""
MOST_STAGES = 50
"""Stages that can be marked; more, as of a stage that jumps to and fro, are no curriculum."""


@dataclass(frozen=True)
class Series:
    """A figure of one run, in the order of steps; of a step that was logged twice, as by a run that went on, the last.

    Attributes:
        steps: [P] training steps.
        epochs: [P] epochs gone by at each step, with fractions.
        values: [P].
    """

    steps: np.ndarray
    epochs: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Curve:
    """A figure of a row.

    Attributes:
        steps: [P] training steps.
        epochs: [P] epochs gone by.
        mean: [P] over the seeds that have the step.
        low: [P] the lowest of the seeds.
        high: [P] the highest.
        seeds: S.
    """

    steps: np.ndarray
    epochs: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int


def series_of(lines: Iterable[Logged]) -> dict[str, Series]:
    """The figures of ``metrics.csv`` by name.

    Args:
        lines: in the order of the file.

    Returns:
        A series for each name.

    Raises:
        InputError: a step or an epoch is larger than any run has.
    """
    values: dict[str, dict[int, float]] = defaultdict(dict)
    ends: dict[int, int] = {}
    for line in lines:
        if max(abs(line.step), abs(line.epoch)) > LARGEST:
            raise InputError("a step or an epoch is larger than can be", record=line.name)
        values[line.name][line.step] = line.value
        ends[line.epoch] = max(line.step, ends.get(line.epoch, line.step))
    clock = _Clock(ends)
    return {name: _series(found, clock) for name, found in values.items()}


class _Clock:
    """Tells how many epochs have gone by at a step.

    An epoch ends with the last step that was logged in it: a last one that was broken off counts as whole.
    """

    def __init__(self, ends: Mapping[int, int]) -> None:
        rising = np.maximum.accumulate(np.array([ends[epoch] for epoch in sorted(ends)], float) + 1)
        self.steps, first = np.unique(np.concatenate([[0.0], rising]), return_index=True)
        self.epochs = np.concatenate([[float(min(ends, default=0))], np.array(sorted(ends), float) + 1])[first]

    def __call__(self, steps: np.ndarray) -> np.ndarray:
        return np.interp(steps + 1, self.steps, self.epochs)


def _series(found: Mapping[int, float], clock: _Clock) -> Series:
    steps = np.array(sorted(found), float)
    return Series(steps, clock(steps), np.array([found[step] for step in sorted(found)]))


def curve(seeds: Sequence[Series], points: int) -> Curve:
    """Mean and spread over seeds, thinned.

    Args:
        seeds: the same figure of each seed, at least one.
        points: P at most; where more steps were logged, each point is the mean over a stretch of steps.

    Returns:
        The curve; a seed that has no value in a stretch is left out of it.
    """
    steps = np.unique(np.concatenate([found.steps for found in seeds]))
    stretches = min(points, len(steps))
    borders = steps[np.linspace(0, len(steps), stretches, endpoint=False).astype(int)]  # [P] first step of each
    values = np.stack([_means(found.steps, found.values, borders) for found in seeds])  # [S, P]
    epochs = np.stack([_means(found.steps, found.epochs, borders) for found in seeds])
    return Curve(
        steps=_means(steps, steps, borders),
        epochs=np.nanmean(epochs, axis=0),
        mean=np.nanmean(values, axis=0),
        low=np.nanmin(values, axis=0),
        high=np.nanmax(values, axis=0),
        seeds=len(seeds),
    )


def _means(steps: np.ndarray, values: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """[P] means of the values of each stretch; NaN where there is none."""
    places = np.searchsorted(borders, steps, side="right") - 1
    count = np.bincount(places, minlength=len(borders))
    total = np.bincount(places, values, minlength=len(borders))
    return np.divide(total, count, out=np.full(len(borders), np.nan), where=count > 0)


@dataclass(frozen=True)
class Stretch:
    """Where a stage of the curriculum begins.

    Attributes:
        stage: its number.
        step: first step that was logged in it; 0 for the first stage.
        epoch: epochs gone by there.
    """

    stage: int
    step: float
    epoch: float


def stages_of(found: Mapping[str, Series]) -> tuple[Stretch, ...]:
    """Stages of a run by its ``train/stage``; none if it has fewer than two, or more than can be marked.

    Args:
        found: of :func:`series_of`.

    Returns:
        In the order of steps; a stage begins midway between the two logged steps that it lies between.
    """
    if STAGE not in found:
        return ()
    of = found[STAGE]
    numbers = np.round(np.clip(of.values, -LARGEST, LARGEST)).astype(int)
    new = np.flatnonzero(np.diff(numbers)) + 1
    begun = [Stretch(int(numbers[0]), 0.0, 0.0)] if len(numbers) else []
    begun += [
        Stretch(int(numbers[at]), float(of.steps[at - 1 : at + 1].mean()), float(of.epochs[at - 1 : at + 1].mean()))
        for at in new
    ]
    return tuple(begun) if 1 < len(begun) <= MOST_STAGES else ()
