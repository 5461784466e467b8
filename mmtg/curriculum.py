"""Curriculum: which experiences are shown when, and which of them count as positive (MMTG reference, section 3)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Sampler

from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: lasts until ``until_epoch`` (exclusive; None: to the end).

    ``ratings`` are shown, those from ``positive_from`` upward are positive, and a batch holds ``batch_scale``
    times the usual number of experiences.
    """

    until_epoch: int | None
    ratings: tuple[int, ...]
    positive_from: int
    batch_scale: int = 1


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Stages in order: a pure function of the epoch.

    Raises:
        InputError: the stages leave an epoch uncovered, go backwards, or have no ratings.
    """

    epochs: int
    stages: tuple[Stage, ...]
    evaluation_positive_from: int

    def __post_init__(self) -> None:
        borders = [math.inf if s.until_epoch is None else s.until_epoch for s in self.stages]
        if not borders or borders != sorted(set(borders)) or borders[-1] < self.epochs:
            raise InputError(
                f"until_epoch must rise and the last must be null or at least epochs={self.epochs}; "
                f"they are {[s.until_epoch for s in self.stages]}",
                field="curriculum.stages",
            )
        for i, stage in enumerate(self.stages):
            if not stage.ratings or stage.batch_scale < 1:
                raise InputError("needs ratings and a batch_scale of at least 1", field=f"curriculum.stages[{i}]")

    def number(self, epoch: int) -> int:
        """Index of the stage of a 0-based epoch; epochs after the last keep its stage."""
        for i, stage in enumerate(self.stages):
            if stage.until_epoch is None or epoch < stage.until_epoch:
                return i
        return len(self.stages) - 1

    def stage(self, epoch: int) -> Stage:
        """Stage of a 0-based epoch."""
        return self.stages[self.number(epoch)]


class CurriculumBatchSampler(Sampler[list[int]]):
    """Batches of an epoch, filtered by the stage before they are formed.

    The kept experiences are shuffled by (seed, epoch) and dealt into as few batches as hold them, equal in size
    to within one, so no batch is empty and none is much smaller than the others. Each batch is then cut into one
    share per process, equal to within one: the shares of an epoch are an exact partition of what is kept.

    Args:
        ratings: [N] rating of each experience.
        schedule: the curriculum.
        batch_size: experiences in a batch over all processes, before the stage's scale.
        seed: of the shuffling.
        epoch: 0-based.
        rank: this process.
        world_size: number of processes.

    Raises:
        InputError: a stage keeps nothing, or fewer experiences than there are processes.
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
        self.rank, self.world_size = rank, world_size
        self.set_epoch(epoch)

    def set_epoch(self, epoch: int) -> None:
        """Turns to another epoch."""
        self.epoch = epoch
        self._batches = self._deal()

    def steps(self, epoch: int) -> int:
        """Number of batches in an epoch."""
        stage = self.schedule.stage(epoch)
        kept = int(np.isin(self.ratings, stage.ratings).sum())
        if kept < self.world_size or self.batch_size * stage.batch_scale < self.world_size:
            raise InputError(
                f"stage {self.schedule.number(epoch)} keeps {kept} of {len(self.ratings)} experiences "
                f"(ratings {list(stage.ratings)}) in batches of {self.batch_size * stage.batch_scale}; "
                f"at least one for each of {self.world_size} processes is needed",
                field="curriculum.stages",
            )
        wanted = math.ceil(kept / (self.batch_size * stage.batch_scale))
        return min(wanted, kept // self.world_size)

    def _deal(self) -> list[np.ndarray]:
        count = self.steps(self.epoch)
        kept = np.flatnonzero(np.isin(self.ratings, self.schedule.stage(self.epoch).ratings))
        order = np.random.default_rng([self.seed, self.epoch]).permutation(kept)
        return np.array_split(order, count)

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches:
            yield [int(i) for i in batch[self.rank :: self.world_size]]
