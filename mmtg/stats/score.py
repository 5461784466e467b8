"""A figure as rows of numbers and a formula of their sums, so that it is exact for any choice of experiences.

Letters of shapes: N experiences, B choices (resamples), S numbers of a row.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Formula = Callable[[Sequence[float]], float]
"""Gives the figure of the sums [S] of any rows, NaN if they hold no value; if it has ``rows``, that does so for [B, S]
at once, to the same bits."""


class Quotient:
    """The first sum over the second; NaN if that is 0. Means are quotients by a count."""

    def __call__(self, totals: Sequence[float]) -> float:
        """Of sums [2]."""
        return totals[0] / totals[1] if totals[1] else math.nan

    def rows(self, sums: np.ndarray) -> np.ndarray:
        """Of sums [B, 2]."""
        return np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), math.nan), where=sums[:, 1] != 0)


quotient = Quotient()


@dataclass(frozen=True)
class Score:
    """A figure and what it is made of.

    Attributes:
        table: [N, S] float64, a row of numbers per experience.
        formula: gives the figure of the sums [S] of any rows.
    """

    table: np.ndarray
    formula: Formula

    def ordered(self, order: Sequence[int]) -> "Score":
        """The score of the rows of those numbers, in that order."""
        return Score(self.table[order], self.formula)

    @property
    def values(self) -> np.ndarray:
        """[N] the figure of each experience alone; NaN where it has none, as without a reference."""
        return self.of_sums(self.table)

    @property
    def figure(self) -> float:
        """The figure of all experiences."""
        return self.formula(self.total.tolist())

    @property
    def total(self) -> np.ndarray:
        """[S] the exact sums of all rows."""
        return np.array([math.fsum(column) for column in self.table.T.tolist()], dtype=np.float64)

    def of(self, counts: np.ndarray) -> np.ndarray:
        """Figures of choices of experiences, exact also where the figure is no mean.

        Args:
            counts: [B, N] how often each experience is chosen.

        Returns:
            [B] float64.
        """
        return self.of_sums(counts @ self.table)

    def of_sums(self, sums: np.ndarray) -> np.ndarray:
        """The figures [B] of sums [B, S]."""
        together: Callable[[np.ndarray], np.ndarray] | None = getattr(self.formula, "rows", None)
        if together is not None:
            return together(sums)
        return np.array([self.formula(row) for row in sums.tolist()], dtype=np.float64)


def sums_of(weights: np.ndarray, tables: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Weighted sums of the rows of many tables, in one product in which every different column stands once.

    Args:
        weights: [B, N].
        tables: each [N, S], S its own.

    Returns:
        For each table [B, S].
    """
    numbers: dict[bytes, int] = {}
    columns: list[np.ndarray] = []
    places = []
    for column in (column for table in tables for column in table.T):
        number = numbers.setdefault(column.tobytes(), len(columns))
        columns += [column] if number == len(columns) else []
        places.append(number)
    product = np.array(columns, dtype=np.float64).reshape(len(columns), weights.shape[1]) @ weights.T  # [C, B]
    ends = np.cumsum([table.shape[1] for table in tables])[:-1]
    return [product[own.astype(int)].T for own in np.split(np.array(places), ends)]
