"""What sections are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.report.rows import Row, rows_of
from mmtg.report.runs import Broken, Found, RunRecord, find_runs
from mmtg.report.standings import Standings, standings

__all__ = ["Comparison", "Row", "compared", "compared_below"]


@dataclass(frozen=True)
class Comparison:
    """What is compared, for every section.

    Attributes:
        rows: by label, in the order of labels.
        broken: run directories that are not compared.
        settings: ``task`` of the configuration, as plain data.
        standings: the rows' figures, with intervals and tests.
    """

    rows: Sequence[Row]
    broken: Sequence[Broken]
    settings: Mapping[str, Any]
    standings: Standings

    @property
    def runs(self) -> list[RunRecord]:
        """All runs that count."""
        return [run for row in self.rows for run in row.runs]


def compared(found: Found, settings: Mapping[str, Any]) -> Comparison:
    """Runs as rows, with the statistics of the leaderboard.

    Args:
        found: by :func:`mmtg.report.runs.find_runs`.
        settings: ``task`` of the configuration.

    Returns:
        The comparison.

    Raises:
        InputError: the baseline is no row.
    """
    rows = rows_of(found.runs)
    return Comparison(rows, found.broken, settings, standings(rows, settings))


def compared_below(settings: Mapping[str, Any]) -> Comparison:
    """The runs in the folders of ``task.runs``, compared.

    Args:
        settings: ``task`` of the configuration.

    Returns:
        The comparison; without rows and broken directories where nothing was found.

    Raises:
        InputError: a folder is not there, or the baseline is no row.
    """
    found = find_runs(settings["runs"], ignored=settings["ignored"], largest_file=settings["largest_file"])
    return compared(found, settings)
