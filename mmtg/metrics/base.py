"""What all metrics share: a row of numbers per experience, and a formula on the sums of the rows.

Sums are exact, so a figure does not depend on the order of the experiences, and is bit for bit the same on one
process and on many. Letters of shapes: N experiences, S numbers of a row.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from mmtg.metrics.text import Item
from mmtg.stats.score import Formula, quotient

ABSENT = (0.0, 0.0)
"""The row of an experience that has no value: it adds nothing, neither to the sum nor to the count."""


class GatheredMetric(Metric):
    """Keeps rows of numbers, which all processes gather; a process may have none.

    Attributes:
        size: S, the numbers in a row.
        number: their type.
    """

    full_state_update = False
    is_differentiable = False
    higher_is_better: bool | None = True
    size = 2
    number = torch.float64
    rows: list[Tensor] | Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("rows", [], dist_reduce_fx="cat")

    def add(self, rows: Sequence[Sequence[float]] | Tensor) -> None:
        """Adds rows [N, S]."""
        if len(rows):
            self.rows.append(torch.as_tensor(rows, dtype=self.number, device=self.device))  # type: ignore[union-attr]

    def gathered(self) -> Tensor:
        """All rows [N, S]: those of this process, or of all if they are in step, in the order of processes."""
        return dim_zero_cat([self._none(), *([self.rows] if isinstance(self.rows, Tensor) else self.rows)])

    def sync(self, *arguments: Any, **options: Any) -> None:
        """As in torchmetrics, which has no number type for a process without rows."""
        if not len(self.rows):
            self.rows = [self._none()]
        super().sync(*arguments, **options)

    def _none(self) -> Tensor:
        return torch.zeros(0, self.size, dtype=self.number, device=self.device)


class RowMetric(GatheredMetric):
    """A figure that is a formula of sums. Subclasses say ``update``, and ``formula`` if it is no quotient."""

    def formula(self, totals: Sequence[float]) -> float:
        """The figure of the sums [S] of some rows; NaN if they hold no value."""
        return quotient(totals)

    @property
    def shared_formula(self) -> Formula:
        """The formula as a function that does without the metric, where there is one (mmtg.stats.formulas)."""
        return quotient if type(self).formula is RowMetric.formula else self.formula

    def compute(self) -> Tensor:
        """The figure of all experiences, float64; NaN if none has a value."""
        totals = [math.fsum(column) for column in self.gathered().T.tolist()]
        return torch.tensor(self.formula(totals), dtype=torch.float64, device=self.device)

    def table(self) -> np.ndarray:
        """Rows [N, S] float64 of all experiences of all processes, in the order of processes."""
        with self.sync_context():
            return self.gathered().cpu().numpy()

    def values(self) -> np.ndarray:
        """The figure of each experience alone, [N] float64; NaN where it has no value."""
        return np.array([self.formula(row) for row in self.table().tolist()], dtype=np.float64)


class ItemMetric(RowMetric):
    """A figure of experiences. Subclasses say ``row``."""

    def row(self, item: Item) -> Sequence[float]:
        """The experience's numbers, by default a value and a count (1, or ``ABSENT``)."""
        raise NotImplementedError

    def update(self, items: Sequence[Item]) -> None:
        """Adds experiences."""
        self.add([self.row(item) for item in items])


class HypothesisMetric(ItemMetric):
    """Mean over experiences of the mean over their hypotheses. Subclasses say ``score``.

    Attributes:
        needs_reference: an experience without reference has no value.
    """

    needs_reference = True

    def score(self, item: Item, index: int) -> float:
        """The value of one hypothesis."""
        raise NotImplementedError

    def row(self, item: Item) -> Sequence[float]:
        """Mean over the hypotheses."""
        if not item.hypotheses or (self.needs_reference and not item.references):
            return ABSENT
        scores = [self.score(item, index) for index in range(len(item.hypotheses))]
        return math.fsum(scores) / len(scores), 1.0
