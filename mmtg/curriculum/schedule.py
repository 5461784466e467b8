"""Schedules: stages of epochs, or a competence that grows with the steps."""

import math
from dataclasses import dataclass

from mmtg.curriculum.competence import Competence
from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: lasts until ``until_epoch`` (exclusive; None: to the end).

    ``ratings`` are shown, those from ``positive_from`` upward are positive, and a batch holds ``batch_scale``
    times the usual number of experiences, rounded, and at least one. An epoch shows a ``share`` of them, drawn anew
    each time.
    """

    until_epoch: int | None
    ratings: tuple[int, ...]
    positive_from: int
    batch_scale: float = 1
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Either stages in order, a pure function of the epoch, or a competence, a pure function of the step.

    ``learning_rate_epochs`` is the number of epochs over which the learning rate is warmed up and decays to 0 (None:
    all); ``train_kl`` says whether the KL of alpha attention is differentiated. Neither was chosen by the paper: its
    trainers without curriculum ended the learning rate after one epoch, and those on positives alone left the KL
    untrained (MMTG reference, section 3.5).

    Raises:
        InputError: stages and competence, or neither; the stages leave an epoch uncovered, go backwards, or show
            nothing; fewer than one epoch of learning.
    """

    epochs: int
    evaluation_positive_from: int
    stages: tuple[Stage, ...] = ()
    competence: Competence | None = None
    learning_rate_epochs: int | None = None
    train_kl: bool = True

    def __post_init__(self) -> None:
        if bool(self.stages) == (self.competence is not None):
            raise InputError("needs either stages or competence, and not both", field="curriculum")
        if self.learning_rate_epochs is not None and self.learning_rate_epochs < 1:
            raise InputError(
                f"must be null or at least 1; it is {self.learning_rate_epochs}",
                field="curriculum.learning_rate_epochs",
            )
        if self.stages:
            self._check_stages()

    def _check_stages(self) -> None:
        borders = [math.inf if s.until_epoch is None else s.until_epoch for s in self.stages]
        if borders != sorted(set(borders)) or borders[-1] < self.epochs:
            raise InputError(
                f"until_epoch must rise and the last must be null or at least epochs={self.epochs}; "
                f"they are {[s.until_epoch for s in self.stages]}",
                field="curriculum.stages",
            )
        for i, stage in enumerate(self.stages):
            if not stage.ratings or stage.batch_scale <= 0 or not 0 < stage.share <= 1:
                raise InputError(
                    "needs ratings, a batch_scale above 0, and a share above 0 and at most 1",
                    field=f"curriculum.stages[{i}]",
                )

    def number(self, epoch: int) -> int:
        """Index of the stage of a 0-based epoch; epochs after the last keep its stage. 0 under a competence."""
        for i, stage in enumerate(self.stages):
            if stage.until_epoch is None or epoch < stage.until_epoch:
                return i
        return max(0, len(self.stages) - 1)

    def stage(self, epoch: int) -> Stage:
        """Stage of a 0-based epoch; under a competence all epochs have one stage, of all its ratings."""
        if self.competence is None:
            return self.stages[self.number(epoch)]
        rule = self.competence
        return Stage(until_epoch=None, ratings=rule.ratings, positive_from=rule.positive_from)
