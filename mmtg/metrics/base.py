"""What all metrics share: a row of numbers per experience, and a formula on the sums of the rows.

Sums are exact, so a figure does not depend on the order of the experiences, and is bit for bit the same on one
process and on many. Letters of shapes: N experiences, S numbers of a row.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from mmtg.metrics.text import Item

ABSENT = (0.0, 0.0)
"""The row of an experience that has no value: it adds nothing, neither to the sum nor to the count."""


class ItemMetric(Metric):
    """A figure of experiences. Subclasses say ``row``, and ``formula`` if it is no quotient of sums.

    Attributes:
        size: S, the numbers in a row.
    """

    full_state_update = False
    is_differentiable = False
    higher_is_better: bool | None = True
    size = 2
    rows: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("rows", [], dist_reduce_fx="cat")

    def row(self, item: Item) -> Sequence[float]:
        """The experience's numbers, by default a value and a count (1, or ``ABSENT``)."""
        raise NotImplementedError

    def formula(self, totals: Sequence[float]) -> float:
        """The figure of the sums [S] of some rows; NaN if they hold no value."""
        return totals[0] / totals[1] if totals[1] else math.nan

    def update(self, items: Iterable[Item]) -> None:
        """Adds experiences."""
        self._add([self.row(item) for item in items])

    def compute(self) -> Tensor:
        """The figure of all experiences, float64; NaN if none has a value."""
        table = dim_zero_cat([self._empty(), *self.rows])
        totals = [math.fsum(column) for column in table.T.tolist()]
        return torch.tensor(self.formula(totals), dtype=torch.float64, device=table.device)

    def table(self) -> np.ndarray:
        """Rows [N, S] float64 of all experiences of all processes, in the order of processes."""
        with self.sync_context():
            return dim_zero_cat([self._empty(), *self.rows]).cpu().numpy()

    def values(self) -> np.ndarray:
        """The figure of each experience alone, [N] float64; NaN where it has no value."""
        return np.array([self.formula(row) for row in self.table().tolist()], dtype=np.float64)

    def sync(self, *arguments: object, **options: object) -> None:
        """As in torchmetrics; a process that saw no experience takes part with a table of no rows."""
        if not self.rows:
            self.rows.append(self._empty())
        super().sync(*arguments, **options)  # type: ignore[arg-type]

    def _add(self, rows: Sequence[Sequence[float]]) -> None:
        if len(rows):
            self.rows.append(torch.tensor(rows, dtype=torch.float64, device=self.device))

    def _empty(self) -> Tensor:
        return torch.zeros(0, self.size, dtype=torch.float64, device=self.device)


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
