"""What a schedule shows: experiences of each rating in each epoch."""

from collections.abc import Mapping

import numpy as np

from mmtg.curriculum.competence import Competence
from mmtg.curriculum.schedule import Schedule

MOMENTS = 200
"""Of an epoch at which the pool of a competence is looked at; a pool grows little between two of them."""


def shown(schedule: Schedule, counts: Mapping[int, float]) -> list[dict[int, float]]:
    """How many experiences of each rating every epoch shows, on average over the order that the seed gives.

    Args:
        schedule: the curriculum.
        counts: experiences of each rating that there are.

    Returns:
        For each epoch the number by rating; 0 for ratings that it does not show.
    """
    rule = schedule.competence
    if rule is not None:
        return [_drawn(rule, schedule, epoch, counts) for epoch in range(schedule.epochs)]
    stages = [schedule.stage(epoch) for epoch in range(schedule.epochs)]
    return [{r: stage.share * n if r in stage.ratings else 0.0 for r, n in counts.items()} for stage in stages]


def _drawn(rule: Competence, schedule: Schedule, epoch: int, counts: Mapping[int, float]) -> dict[int, float]:
    """An epoch of as many experiences as there are, each drawn from the pool of its moment."""
    whole = sum(counts.get(rating, 0) for rating in rule.ratings)
    moments = (epoch + (np.arange(MOMENTS) + 0.5) / MOMENTS) / schedule.epochs
    drawn = dict.fromkeys(counts, 0.0)
    for moment in moments:
        pool = rule.share(float(moment)) * whole
        for rating, number in _pool(rule, counts, pool).items():
            drawn[rating] += whole * number / (pool * MOMENTS)
    return drawn


def _pool(rule: Competence, counts: Mapping[int, float], size: float) -> dict[int, float]:
    """The easiest ``size`` experiences by rating; a level that has not come in whole has its ratings in proportion."""
    pool: dict[int, float] = {}
    for level in rule.order:
        there = {rating: counts[rating] for rating in level if counts.get(rating)}
        number = sum(there.values())
        part = min(1.0, size / number) if number else 0.0
        pool |= {rating: part * of for rating, of in there.items()}
        size = max(0.0, size - number)
    return pool
