"""The rows of a comparison: runs that differ in their seed alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mmtg.report.figures import TEST
from mmtg.report.runs import RunRecord


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

    @property
    def seeds(self) -> list[int]:
        """Of its runs."""
        return [run.seed for run in self.runs]

    @property
    def tested(self) -> bool:
        """Whether any run has figures of a test."""
        return any(name.startswith(TEST) for run in self.runs for name in run.figures)

    def by_seed(self, figure: str) -> dict[int, float]:
        """A figure of each run that has it, by its name in ``metrics.json``; in the order of seeds."""
        return {run.seed: run.figures[figure] for run in self.runs if figure in run.figures}

    def values(self, figure: str) -> list[float]:
        """The same without seeds."""
        return list(self.by_seed(figure).values())


def rows_of(runs: Sequence[RunRecord]) -> list[Row]:
    """Runs as rows, in the order of labels."""
    groups: dict[str, list[RunRecord]] = defaultdict(list)
    for run in runs:
        groups[run.label].append(run)
    return [_row(label, groups[label]) for label in sorted(groups)]


def _row(label: str, runs: Sequence[RunRecord]) -> Row:
    latest: dict[int, RunRecord] = {}
    for run in sorted(runs, key=lambda run: (run.ended, str(run.directory))):
        latest[run.seed] = run
    kept = [latest[seed] for seed in sorted(latest)]
    return Row(label, kept, [run for run in runs if run not in kept])
