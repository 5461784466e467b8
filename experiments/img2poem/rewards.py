"""What becomes of img2poem's generator under rewards: figures of runs as a Markdown table, mean and spread over seeds.

python experiments/img2poem/rewards.py runs/img2poem/*
    Each argument is a run directory called NAME-seedN. Rewards are those of what the generator writes in training:
    means over the last epoch before it learns from them, and over the last epoch.
"""

import csv
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mmtg.errors import InputError
from mmtg.loading import config_of
from mmtg.scoring.runs import name_of

COLUMNS = {
    "test/concept_recall": "concept recall",
    "test/concept_recall_chance": "chance",
    "test/order_accuracy": "order",
    "test/distinct_2": "Distinct-2",
    "test/perplexity": "perplexity",
    "test/relevance": "relevance",
    "reward/before": "reward before",
    "reward/after": "reward after",
    "parameters": "parameters",
}


def figures_of(folder: Path) -> Mapping[str, float]:
    """The final figures of a run, and its rewards before and after."""
    file = folder / "metrics.json"
    if not file.is_file():
        raise InputError("is not there; name the directories of finished runs", file=file)
    figures: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    start = config_of(folder).model.adversarial.start_epoch
    epochs: dict[int, list[float]] = defaultdict(list)
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["name"] == "train/reward":
                epochs[int(row["epoch"])].append(float(row["value"]))
    if start is not None and start - 1 in epochs:
        last = max(epoch for epoch in epochs if len(epochs[epoch]) > 1)  # the final figures have an epoch of their own
        figures |= {"reward/before": statistics.mean(epochs[start - 1]), "reward/after": statistics.mean(epochs[last])}
    return figures


def table(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Iterator[str]:
    """A line for each name."""
    yield f"| | {' | '.join(COLUMNS.values())} |"
    yield "|" + "---|" * (len(COLUMNS) + 1)
    for name, seeds in runs.items():
        cells = [shown(figure, [run[figure] for run in seeds if figure in run]) for figure in COLUMNS]
        yield f"| {name} | {' | '.join(cells)} |"


def shown(figure: str, values: Sequence[float]) -> str:
    """Mean and spread of a figure, or a dash."""
    if not values:
        return "–"
    if figure == "parameters":
        return f"{values[0]:,.0f}"
    digits = 2 if figure == "test/perplexity" else 3
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def main(arguments: Sequence[str]) -> int:
    """Prints the table; gives the exit status."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    runs: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    try:
        for folder in map(Path, sorted(arguments)):
            runs[name_of(folder)].append(figures_of(folder))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(table(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
