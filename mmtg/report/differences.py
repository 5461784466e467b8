"""What a row gains or loses against another, over their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmtg.report.board import Row
from mmtg.stats.seeds import compare_seeds


@dataclass(frozen=True)
class Difference:
    """A figure of a row less that of another row.

    Attributes:
        mean: of the difference.
        low: lower end of the interval over seeds; None where there are too few.
        high: its upper end.
        each: differences seed by seed where both rows have the same seeds; of each seed to the other row's mean else.
        test: the test that the interval belongs to, in words, with numbers of seeds.
    """

    mean: float
    low: float | None
    high: float | None
    each: Sequence[float]
    test: str


def difference(row: Row, other: Row, figure: str, confidence: float) -> Difference | None:
    """A figure of a row less that of another.

    Args:
        row: the one.
        other: the other.
        figure: its name.
        confidence: of the interval.

    Returns:
        The difference; None if one of the rows lacks the figure.
    """
    ours, theirs = row.by_seed(figure), other.by_seed(figure)
    if not ours or not theirs:
        return None
    paired = set(ours) == set(theirs)
    seeds = sorted(ours)
    against = [theirs[seed] for seed in seeds] if paired else list(theirs.values())
    found = compare_seeds([ours[seed] for seed in seeds], against, paired=paired, confidence=confidence)
    base = against if paired else [found.means[1]] * len(seeds)
    each = [ours[seed] - value for seed, value in zip(seeds, base, strict=True)]
    return Difference(found.difference, found.low, found.high, each, f"{found.test}; {found.note}")
