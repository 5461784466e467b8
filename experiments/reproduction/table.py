"""The tables of experiments/reproduction from run directories.

python experiments/reproduction/table.py runs/reproduction
    The folder holds CURRICULUM-seedN (runs) and CURRICULUM-seedN-permuted (their tests with permuted steps).
"""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmtg.errors import InputError
from mmtg.stats import compare_seeds

CONFIDENCE = 0.95
BASE = "published"
FAIR = {BASE: "curriculum", "none": "no curriculum", "positives_5": "positives only (5)"}
AS_RUN = {BASE: "curriculum", "none_as_run": "no curriculum", "positives_5_as_run": "positives only (5)"}
FIGURES = {
    "test/bleu_2": "BLEU-2",
    "test/distinct_2": "Distinct-2",
    "test/concept_recall": "concept recall",
    "test/lm_loss": "CE of true lines",
    "val/loss": "loss, all ratings",
    "test/nnr_1": "NNR-1",
    "test/nnr_2": "NNR-2",
}
PERMUTED = ("test/nnr_1", "test/nnr_2")
PUBLISHED = {
    "curriculum": {"test/bleu_2": "0.076", "test/distinct_2": "0.743", "test/nnr_1": "0.315", "test/nnr_2": "0.411"},
    "no curriculum": {"test/bleu_2": "0.077", "test/distinct_2": "0.742"},
    "positives only (5)": {"test/bleu_2": "0.074", "test/distinct_2": "0.742"},
}
"""The paper's figures on its own data (MMTG reference, section 9.5)."""


def read(runs: Path, curriculum: str, figure: str) -> list[float]:
    """A figure of every seed, in the order of the seeds."""
    ending = "-permuted" if figure in PERMUTED else ""
    folders = sorted(runs.glob(f"{curriculum}-seed?{ending}"))
    if not folders:
        raise InputError("no such runs", file=runs / f"{curriculum}-seed*{ending}")
    return [number(folder / "metrics.json", figure) for folder in folders]


def number(file: Path, name: str) -> float:
    """A figure of a run."""
    figures = json.loads(file.read_text(encoding="utf-8"))
    if name not in figures:
        raise InputError("is missing", file=file, field=name)
    return float(figures[name])


def table(runs: Path) -> Iterator[str]:
    """Paper, as published, and fair: a line for each curriculum and figure."""
    yield "| curriculum | figure | paper, its data | as the paper ran it, our run | fair, our run |"
    yield "|---|---|---|---|---|"
    for (as_run, label), fair in zip(AS_RUN.items(), FAIR, strict=True):
        for figure, title in FIGURES.items():
            ours = [spread(read(runs, curriculum, figure)) for curriculum in (as_run, fair)]
            yield f"| {label} | {title} | {PUBLISHED[label].get(figure, '–')} | {' | '.join(ours)} |"


def comparisons(runs: Path) -> Iterator[str]:
    """Each other curriculum less the published one, paired by seed."""
    yield "| compared with the curriculum | figure | difference | 95 % interval | p, paired by seed |"
    yield "|---|---|---|---|---|"
    others = {"none": "none, fair", "positives_5": "positives, fair", "none_as_run": "none, as run"}
    for curriculum, label in {**others, "positives_5_as_run": "positives, as run"}.items():
        for figure, title in FIGURES.items():
            values = read(runs, curriculum, figure), read(runs, BASE, figure)
            found = compare_seeds(*values, paired=True, confidence=CONFIDENCE)
            interval = "–" if found.low is None else f"[{found.low:+.4f}, {found.high:+.4f}]"
            p = "–" if found.p is None else f"{found.p:.3f}"
            yield f"| {label} | {title} | {found.difference:+.4f} | {interval} | {p} |"


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over seeds."""
    deviation = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.4f}{deviation}"


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    runs = parser.parse_args().runs
    print("\n".join([*table(runs), "", *comparisons(runs)]))


if __name__ == "__main__":
    main()
