"""The batches of an epoch, for any number of processes."""

import math
from collections.abc import Sequence

import numpy as np

from mmtg.curriculum.competence import Competence, easiest_first
from mmtg.curriculum.dealt import DealtBatches
from mmtg.curriculum.schedule import Schedule, Stage
from mmtg.errors import InputError


class CurriculumBatchSampler(DealtBatches):
    """Batches of an epoch, filtered by the schedule before they are formed.

    Under stages the kept experiences are shuffled by (seed, epoch) and dealt into as few batches as hold them, equal
    in size to within one, so no batch is empty and none is much smaller than the others; a stage that shows a share
    deals the first of the shuffled ones. Under a competence an epoch has batches of the same number and sizes, each
    drawn by (seed, epoch, step) from the experiences available at its step, none twice in a batch.

    Each batch is then cut into one share per process, equal to within one: the shares of an epoch are an exact
    partition of what one process alone would see.

    Args:
        ratings: [N] rating of each experience.
        schedule: the curriculum.
        batch_size: experiences in a batch over all processes, before the stage's scale.
        seed: of the shuffling.
        epoch: 0-based.
        rank: this process.
        world_size: number of processes.

    Raises:
        InputError: a stage shows nothing, or fewer experiences than there are processes; the experiences available
            at first are all positive or all negative, though others would come later.
    """

    def __init__(
        self,
        ratings: Sequence[int] | np.ndarray,
        schedule: Schedule,
        *,
        batch_size: int,
        seed: int,
        epoch: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.ratings = np.asarray(ratings)
        self.schedule, self.batch_size, self.seed = schedule, batch_size, seed
        super().__init__(rank=rank, world_size=world_size)
        self.set_epoch(epoch)

    def set_epoch(self, epoch: int) -> None:
        """Turns to another epoch, from its first batch."""
        self.epoch, self._first = epoch, 0
        rule = self.schedule.competence
        self._batches = self._deal() if rule is None else self._draw(rule)

    def steps(self, epoch: int) -> int:
        """Number of batches in an epoch."""
        stage = self.schedule.stage(epoch)
        shown, batch = self._shown(stage), max(1, round(self.batch_size * stage.batch_scale))
        if shown < self.world_size or batch < self.world_size:
            rule = "competence" if self.schedule.competence else f"stages[{self.schedule.number(epoch)}]"
            raise InputError(
                f"shows {shown} of {len(self.ratings)} experiences "
                f"(ratings {list(stage.ratings)}) in batches of {batch}; "
                f"at least one for each of {self.world_size} processes is needed",
                field=f"curriculum.{rule}",
            )
        return min(math.ceil(shown / batch), shown // self.world_size)

    def _shown(self, stage: Stage) -> int:
        """Number of experiences that an epoch of a stage shows."""
        return round(stage.share * int(np.isin(self.ratings, stage.ratings).sum()))

    def _deal(self) -> list[np.ndarray]:
        count, stage = self.steps(self.epoch), self.schedule.stage(self.epoch)
        kept = np.flatnonzero(np.isin(self.ratings, stage.ratings))
        order = np.random.default_rng([self.seed, self.epoch]).permutation(kept)
        return np.array_split(order[: self._shown(stage)], count)

    def _draw(self, rule: Competence) -> list[np.ndarray]:
        """Batches under a competence; where fewer are available than a batch holds, it holds those."""
        count, order = self.steps(self.epoch), easiest_first(self.ratings, rule, seed=self.seed)
        self._check_start(rule, order)
        sizes = [len(part) for part in np.array_split(order, count)]
        batches = []
        for step, size in enumerate(sizes):
            progress = (self.epoch * count + step) / (self.schedule.epochs * count)
            pool = rule.available(len(order), progress)
            random = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.epoch, step)))
            batches.append(order[random.choice(pool, min(size, pool), replace=False)])
        return batches

    def _check_start(self, rule: Competence, order: np.ndarray) -> None:
        """Refuses a first pool that cannot be trained on; later ones contain it."""
        first = rule.available(len(order), 0)
        positive = self.ratings[order] >= rule.positive_from
        if first < self.world_size or len(set(positive[:first])) < len(set(positive)):
            raise InputError(
                f"makes {first} of {len(order)} experiences available at first; they must hold a positive and a "
                f"negative one (positive_from={rule.positive_from}) and one for each of {self.world_size} processes: "
                "raise it, or let order begin with both",
                field="curriculum.competence.start",
            )
