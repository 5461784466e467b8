"""Run directories that are not compared, and why."""

from collections.abc import Iterator

from mmtg.report.board import Comparison
from mmtg.report.page import Section, render


def section(comparison: Comparison) -> Section | None:
    """The directories with their reasons.

    Args:
        comparison: of runs.

    Returns:
        The section; None where everything is compared.
    """
    left_out = list(reasons(comparison))
    if not left_out:
        return None
    return Section("left-out", "Not compared", render("left_out.html", left_out=left_out))


def reasons(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Directories and why they are left out of the leaderboard: broken ones, repeated seeds, runs without a test."""
    for broken in comparison.broken:
        yield str(broken.directory), broken.reason
    for row in comparison.rows:
        for run in row.repeated:
            yield str(run.directory), f"repeats seed {run.seed} of {row.label}; the latest run of a seed counts"
        for run in row.runs if not row.tested else ():
            yield str(run.directory), f"{row.label} has no figures of a test"
