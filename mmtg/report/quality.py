"""The figures of quality that charts offer."""

from mmtg.report.board import Comparison, Row
from mmtg.report.figures import TEST, figure_of
from mmtg.report.standings import Standing


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


def spread(row: Row, figure: str) -> Standing | None:
    """A figure over seeds, by its name in ``metrics.json``; None if no seed has it."""
    values = row.values(figure)
    return Standing(tuple(values)) if values else None


def title_of(figure: str) -> str:
    """What a figure is called in lists."""
    return figure_of(figure).title


def axis_of(figure: str) -> str:
    """What a figure is called at an axis, with its unit and which way is better."""
    return figure_of(figure).axis
