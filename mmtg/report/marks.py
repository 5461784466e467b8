"""What the tests say of a cell, in signs that need no colour."""

from dataclasses import dataclass

from mmtg.report.figures import figure_of
from mmtg.report.standings import Standing, Standings

TEXTS, SEEDS = "*", "†"
BETTER, WORSE, OTHER = "▲", "▼", "≠"
OTHERWISE = "‡"
WAYS = {BETTER: "better", WORSE: "worse", OTHER: "different"}


@dataclass(frozen=True)
class Mark:
    """How a cell differs from the baseline.

    Attributes:
        texts: whether it does over the same experiences, after correction.
        seeds: whether it does over seeds, after correction.
        way: BETTER, WORSE, or OTHER where neither is known; OTHERWISE where it is not to be compared, being measured by
            something else; "" where it does not differ.
    """

    texts: bool = False
    seeds: bool = False
    way: str = ""

    @property
    def signs(self) -> str:
        """TEXTS and SEEDS, those that hold."""
        return TEXTS * self.texts + SEEDS * self.seeds

    def __str__(self) -> str:
        return f"{self.way}{self.signs}"


def mark_of(name: str, cell: Standing, standings: Standings) -> Mark:
    """The mark of a cell.

    Args:
        name: of the figure.
        cell: its numbers.
        standings: which they are of.

    Returns:
        The mark; an empty one where nothing was tested or nothing shows.
    """
    if cell.otherwise:
        return Mark(way=OTHERWISE)
    level = 1 - standings.resampling.confidence
    texts = cell.texts is not None and cell.texts.p_permutation_holm < level
    seeds = cell.seeds is not None and cell.seeds.p_holm is not None and cell.seeds.p_holm < level
    if not texts and not seeds:
        return Mark()
    tests = [cell.texts.test.difference] if texts and cell.texts else [cell.seeds.test.difference] if cell.seeds else []
    gain = tests[0] * figure_of(name).better
    return Mark(texts, seeds, BETTER if gain > 0 else WORSE if gain < 0 else OTHER)


def best_of(standings: Standings, name: str) -> str | None:
    """The label with the best mean of a figure, of those that may be compared; None where no direction is better."""
    better = figure_of(name).better
    means = {
        label: cell.mean * better
        for (label, figure), cell in standings.cells.items()
        if figure == name and label not in standings.apart and not cell.otherwise
    }
    return max(means, key=lambda label: means[label]) if better and means else None


def explained(standings: Standings) -> str:
    """What the table shows and what its marks mean, in words."""
    percent, level = f"{100 * standings.resampling.confidence:g} %", f"{1 - standings.resampling.confidence:.2g}"
    how = "as asked for" if standings.chosen else "the best by the first column; task.baseline names another"
    texts, seeds = standings.comparisons
    by = sorted({figure_of(name).measured_by for (_, name), cell in standings.cells.items() if cell.otherwise})
    return " ".join(
        (
            "Mean ± standard deviation over seeds (none for one seed); below it the",
            f"{percent} bootstrap interval of that mean over experiences. The best of a column is bold.",
            f"Marks are against the baseline, {standings.baseline} ({how}):",
            f"{BETTER} better, {WORSE} worse, {OTHER} other.",
            f"{TEXTS} p < {level} over the test experiences: {_over_texts(texts)}; it speaks of these trained models.",
            f"{SEEDS} p < {level} over seeds: {_over_seeds(seeds)}; it speaks of what other seeds would give.",
            *(f"{OTHERWISE} measured with another {kind} than the baseline's: not to be compared." for kind in by),
        )
    )


def _over_texts(tests: int) -> str:
    if not tests:
        return "nothing could be tested"
    return f"paired permutation of the means over seeds, Holm over {tests} comparisons"


def _over_seeds(tests: int) -> str:
    if not tests:
        return "nothing could be tested, which takes two seeds of both rows"
    return f"t-test, paired where both have the same seeds, else Welch's, Holm over {tests} comparisons"
