"""The leaderboard."""

from mmtg.report.board import Comparison
from mmtg.report.page import Section


def section(comparison: Comparison) -> Section | None:
    """Rows of figures.

    Args:
        comparison: of runs.

    Returns:
        The section.
    """
    return Section("leaderboard", "Leaderboard", "") if comparison.rows else None
