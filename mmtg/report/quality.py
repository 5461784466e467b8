"""The figures of quality that charts offer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmtg.report.board import Comparison, Row
from mmtg.report.figures import TEST, figure_of


@dataclass(frozen=True)
class Spread:
    """A figure over the seeds of a row.

    Attributes:
        mean: of the seeds.
        std: their standard deviation (n - 1 in the divisor); None for one seed.
        values: of each seed that has the figure.
    """

    mean: float
    std: float | None
    values: Sequence[float]


def offered(comparison: Comparison) -> list[str]:
    """Names of figures that charts offer: the columns of the leaderboard, then all others of tests with a direction.

    Args:
        comparison: of runs.

    Returns:
        Names as in ``metrics.json``; costs, which are no quality, are not among them.
    """
    found = comparison.standings
    names = [*found.columns, *(name for name in found.others if figure_of(name).better)]
    return [f"{TEST}{name}" for name in names if f"{TEST}{name}" not in comparison.settings["cost"]["figures"]]


def spread(row: Row, figure: str) -> Spread | None:
    """A figure over seeds; None if no seed has it."""
    values = row.values(figure)
    if not values:
        return None
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None, values)


def title_of(figure: str) -> str:
    """What a figure is called in lists."""
    return figure_of(figure).title


def axis_of(figure: str) -> str:
    """What a figure is called at an axis, with its unit and which way is better."""
    return figure_of(figure).axis
