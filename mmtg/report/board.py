"""What sections are made of: the runs of each row, and what is known of each figure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.report.runs import Broken, Found, RunRecord


@dataclass(frozen=True)
class Row:
    """Runs that differ in their seed alone.

    Attributes:
        label: its name, one in the page.
        runs: one for each seed, in the order of seeds.
        repeated: runs of seeds that are there already; the latest of each seed counts.
    """

    label: str
    runs: Sequence[RunRecord]
    repeated: Sequence[RunRecord] = ()

    @property
    def system(self) -> str:
        """The model's name."""
        return self.runs[0].system

    @property
    def experiment(self) -> str:
        """The experiment's name."""
        return self.runs[0].experiment

    def values(self, figure: str) -> list[float]:
        """A figure of each run that has it."""
        return [run.figures[figure] for run in self.runs if figure in run.figures]


@dataclass(frozen=True)
class Comparison:
    """What is compared, for every section.

    Attributes:
        rows: by label, in the order of labels.
        broken: run directories that are not compared.
        settings: ``task`` of the configuration, as plain data.
    """

    rows: Sequence[Row]
    broken: Sequence[Broken]
    settings: Mapping[str, Any]

    @property
    def runs(self) -> list[RunRecord]:
        """All runs that count."""
        return [run for row in self.rows for run in row.runs]


def compared(found: Found, settings: Mapping[str, Any]) -> Comparison:
    """Runs as rows.

    Args:
        found: by :func:`mmtg.report.runs.find_runs`.
        settings: ``task`` of the configuration.

    Returns:
        The comparison.
    """
    groups: dict[str, list[RunRecord]] = defaultdict(list)
    for run in found.runs:
        groups[run.label].append(run)
    return Comparison([_row(label, groups[label]) for label in sorted(groups)], found.broken, settings)


def _row(label: str, runs: Sequence[RunRecord]) -> Row:
    latest: dict[int, RunRecord] = {}
    for run in sorted(runs, key=lambda run: (run.ended, str(run.directory))):
        latest[run.seed] = run
    kept = [latest[seed] for seed in sorted(latest)]
    return Row(label, kept, [run for run in runs if run not in kept])
