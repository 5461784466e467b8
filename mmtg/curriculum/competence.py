"""Competence: a pool of experiences, easiest first, that grows from step to step (Platanios et al., NAACL 2019)."""

import math
from dataclasses import dataclass

import numpy as np

from mmtg.errors import InputError

PACES = ("linear", "root", "step")


@dataclass(frozen=True, kw_only=True)
class Competence:
    """Which share of the experiences, easiest first, is available after which share of the training steps.

    With t the step, T = ``full_at`` x all training steps and c0 = ``start``, the share c(t), at most 1, is

    * ``linear``: c0 + (1 - c0) t / T
    * ``root``: sqrt(c0^2 + (1 - c0^2) t / T)
    * ``step``: from c0 to 1 in ``levels`` equal jumps, one every T / ``levels`` steps; the last one at T

    All training steps are those of the schedule's epochs, also where a run is stopped before its last.

    The easiness of an experience is the place of its rating in ``order``, lists of ratings with the easiest first.
    Ratings that stand in no list are never shown; those from ``positive_from`` upward are positive.

    Raises:
        InputError: an unknown pace, a share outside 0..1, no ``levels`` where the pace needs them or the reverse, or
            an order that names a rating twice or none.
    """

    pace: str
    start: float
    full_at: float
    order: tuple[tuple[int, ...], ...]
    positive_from: int
    levels: int | None = None

    def __post_init__(self) -> None:
        if self.pace not in PACES:
            raise InputError(f"'{self.pace}' is unknown; choose {', '.join(PACES)}", field="curriculum.competence.pace")
        if not (0 < self.start <= 1 and 0 < self.full_at <= 1):
            raise InputError(
                f"start and full_at must lie above 0 and be at most 1; they are {self.start} and {self.full_at}",
                field="curriculum.competence",
            )
        self._check_levels()
        self._check_order()

    def _check_levels(self) -> None:
        if self.pace == "step" and (self.levels is None or self.levels < 1):
            raise InputError(f"pace=step needs at least 1; it is {self.levels}", field="curriculum.competence.levels")
        if self.pace != "step" and self.levels is not None:
            raise InputError(
                f"{self.levels} jumps need pace=step; with pace={self.pace} it must be null",
                field="curriculum.competence.levels",
            )

    def _check_order(self) -> None:
        if not all(self.order) or not self.ratings or len(set(self.ratings)) < len(self.ratings):
            levels = [list(level) for level in self.order]
            raise InputError(
                f"needs lists of ratings, none empty and no rating twice; it is {levels}",
                field="curriculum.competence.order",
            )

    @property
    def ratings(self) -> tuple[int, ...]:
        """All ratings that are ever shown, easiest first."""
        return tuple(rating for level in self.order for rating in level)

    def share(self, progress: float) -> float:
        """Share of the experiences available after a share ``progress`` of the training steps; both in 0..1."""
        way = min(1.0, progress / self.full_at)  # t / T
        if self.pace == "root":
            return math.sqrt(self.start**2 + (1 - self.start**2) * way)
        if self.levels is not None:
            way = math.floor(way * self.levels) / self.levels
        return self.start + (1 - self.start) * way

    def available(self, count: int, progress: float) -> int:
        """Number of ``count`` experiences that are available after a share ``progress`` of the training steps."""
        return math.ceil(self.share(progress) * count)


def easiest_first(ratings: np.ndarray, rule: Competence, *, seed: int) -> np.ndarray:
    """Experiences in order of easiness; those of a level in an order of their own.

    Where the easiest level has both, the first two are a positive and a negative experience, so that every beginning
    of at least two has both.

    Args:
        ratings: [N] rating of each experience.
        rule: says which ratings are easy.
        seed: of the order within a level.

    Returns:
        Places of the experiences that ``rule`` shows, at least one of which there must be.
    """
    random = np.random.default_rng(seed)
    levels = [random.permutation(np.flatnonzero(np.isin(ratings, level))) for level in rule.order]
    order = np.concatenate(levels)
    positive = ratings[order] >= rule.positive_from
    others = np.flatnonzero(positive != positive[0])  # places of the other sign
    easiest = next(len(level) for level in levels if len(level))
    if len(others) and others[0] < easiest:
        order[[1, others[0]]] = order[[others[0], 1]]
    return order
