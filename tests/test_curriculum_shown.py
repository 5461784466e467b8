"""What a schedule is said to show is what its batches hold."""

from collections import Counter

import numpy as np
import pytest

from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.curriculum.shown import shown

COUNTS = {1: 400, 2: 300, 3: 200, 4: 300, 5: 400}
NAMES = ("published", "none", "positives_5", "baby_steps", "linear", "root", "step", "anti", "random")


SEEDS = 10


@pytest.mark.parametrize("name", NAMES)
def test_shown_is_what_batches_hold(composed, name):
    """On average over seeds; four standard errors of what is drawn at random are allowed."""
    schedule = schedule_from(plain(composed(f"curriculum={name}").curriculum))
    ratings = np.repeat(list(COUNTS), list(COUNTS.values()))
    samplers = [CurriculumBatchSampler(ratings, schedule, batch_size=20, seed=seed) for seed in range(SEEDS)]
    told = shown(schedule, COUNTS)
    assert len(told) == schedule.epochs
    for epoch, expected in enumerate(told):
        held: Counter[int] = Counter()
        for sampler in samplers:
            sampler.set_epoch(epoch)
            held.update(int(ratings[place]) for batch in sampler for place in batch)
        assert sum(held.values()) / SEEDS == pytest.approx(sum(expected.values()), abs=1)
        for rating, number in expected.items():
            assert held[rating] / SEEDS == pytest.approx(number, abs=4 * (number / SEEDS) ** 0.5)
