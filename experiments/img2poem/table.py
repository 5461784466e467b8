"""img2poem's table of several systems, mean and spread over seeds, with the published one below it.

python experiments/img2poem/table.py runs/img2poem/*
    Each argument is a run directory called NAME-seedN; runs of one NAME are a row. All figures times 100. Overall is
    each column min-max normalised over the rows of one table, then their mean: it compares rows, never tables.
"""

import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmtg.errors import InputError
from mmtg.metrics import overall
from mmtg.scoring.runs import by_name, spread

COLUMNS = {
    "test/relevance": "Relevance",
    "test/novelty_2": "Novelty-2",
    "test/novelty_3": "Novelty-3",
    "test/bleu_1": "BLEU-1",
    "test/bleu_2": "BLEU-2",
    "test/bleu_3": "BLEU-3",
}
PUBLISHED = {
    "Show and Tell (1CNN)": (1.79, 43.66, 76.76, 11.88, 3.35, 0.76),
    "Show and Tell (3CNNs)": (1.91, 48.09, 81.37, 12.64, 3.34, 0.80),
    "SeqGAN": (2.03, 47.52, 82.32, 13.40, 3.72, 0.76),
    "Regions-Hierarchical": (1.81, 46.75, 79.90, 11.64, 2.50, 0.67),
    "I2P-GAN w/o discriminator": (1.94, 45.25, 80.13, 13.35, 3.69, 0.88),
    "I2P-GAN w/ D_m": (2.07, 43.37, 78.98, 15.15, 4.13, 1.02),
    "I2P-GAN w/ D_p": (1.90, 60.66, 89.74, 12.91, 3.05, 0.72),
    "I2P-GAN": (2.25, 54.32, 85.37, 14.25, 3.84, 0.94),
}
"""The paper's Table 3, in per cent, on MultiM-Poem (img2poem reference, section 3.2)."""

PERCENT = 100
Row = Mapping[str, Sequence[float]]
"""Figure -> its values, one for each seed."""


def rows_of(folders: Sequence[Path]) -> dict[str, Row]:
    """The figures of all seeds of each name, in per cent; those that some run lacks are left out everywhere."""
    runs = by_name(folders)
    everywhere = [figure for figure in COLUMNS if all(figure in run for seeds in runs.values() for run in seeds)]
    return {
        name: {figure: [PERCENT * run[figure] for run in seeds] for figure in everywhere}
        for name, seeds in runs.items()
    }


def published() -> dict[str, Row]:
    """The paper's table, one value for each figure."""
    return {name: {k: [v] for k, v in zip(COLUMNS, values, strict=True)} for name, values in PUBLISHED.items()}


def table(title: str, rows: Mapping[str, Row]) -> Iterator[str]:
    """A line for each row, the Overall column last."""
    means = {name: {k: statistics.mean(values) for k, values in row.items()} for name, row in rows.items()}
    total = overall(means)
    yield f"| {title} | {' | '.join(COLUMNS.values())} | Overall | seeds |"
    yield "|" + "---|" * (len(COLUMNS) + 3)
    for name, row in rows.items():
        cells = [spread(row[figure]) if figure in row else "–" for figure in COLUMNS]
        seeds = max(map(len, row.values()), default=0)
        yield f"| {name} | {' | '.join(cells)} | {f'{total[name]:.2f}' if name in total else '–'} | {seeds} |"


def main(arguments: Sequence[str]) -> int:
    """Prints both tables; gives the exit status."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        ours = rows_of([Path(argument) for argument in arguments])
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join([*table("ours", ours), "", *table("the paper, its data", published())]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
