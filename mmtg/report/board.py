"""What sections are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.report.rows import Row, rows_of
from mmtg.report.runs import Broken, Found, RunRecord
from mmtg.report.standings import Standings, standings

__all__ = ["Comparison", "Row", "compared"]


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
