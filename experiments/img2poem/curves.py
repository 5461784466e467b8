"""Rewards and losses of img2poem's players over the training steps, as a picture.

python experiments/img2poem/curves.py OUTPUT.svg runs/img2poem/*
    Each argument behind the first is a run directory called NAME-seedN. A name has a colour, each of its seeds a line;
    the dashed line is where rewards begin. Needs matplotlib: pip install -e '.[figures]'.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

sys.path.insert(0, str(Path(__file__).parent))
from mmtg.errors import InputError
from mmtg.loading import config_of
from mmtg.scoring.runs import name_of

FIGURES = {
    "train/reward": "reward of what the generator writes",
    "train/multimodal_loss": "loss of the multi-modal discriminator",
    "train/style_loss": "loss of the poem-style discriminator",
    "val/perplexity": "perplexity of unseen couplets",
}
Curve = list[tuple[int, float]]


def curves_of(folder: Path) -> Mapping[str, Curve]:
    """(step, value) of each figure that a run logged."""
    found: dict[str, Curve] = defaultdict(list)
    file = folder / "metrics.csv"
    if not file.is_file():
        raise InputError("is not there; name the directories of runs", file=file)
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["name"] in FIGURES:
                found[row["name"]].append((int(row["step"]), float(row["value"])))
    return found


def first_reward(folder: Path, curves: Mapping[str, Curve]) -> float | None:
    """The step at which rewards begin to be learned from, from the share of epochs before it; None for no rewards."""
    config = config_of(folder)
    start, epochs = config.model.adversarial.start_epoch, config.curriculum.epochs
    if start is None or not curves["val/perplexity"]:
        return None
    return curves["val/perplexity"][-1][0] * start / epochs


def draw(axes: Any, figure: str, runs: Mapping[str, Sequence[Mapping[str, Curve]]]) -> None:
    """One figure of all runs."""
    for number, (name, seeds) in enumerate(runs.items()):
        for seed, curves in enumerate(seeds):
            if points := curves.get(figure):
                axes.plot(*zip(*points, strict=True), color=f"C{number}", lw=1, label=None if seed else name)
    axes.set_title(FIGURES[figure], fontsize=9)
    axes.set_xlabel("step", fontsize=8)
    axes.tick_params(labelsize=8)
    if axes.has_data():
        axes.legend(fontsize=8)


def main(arguments: Sequence[str]) -> int:
    """Writes the picture; gives the exit status."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    runs: dict[str, list[Mapping[str, Curve]]] = defaultdict(list)
    begins: set[float] = set()
    try:
        for folder in map(Path, sorted(arguments[1:])):
            curves = curves_of(folder)
            runs[name_of(folder)].append(curves)
            begins |= {step for step in [first_reward(folder, curves)] if step is not None}
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    picture, places = plt.subplots(2, 2, figsize=(10, 6.5), layout="constrained")
    for axes, figure in zip(places.flat, FIGURES, strict=True):
        draw(axes, figure, runs)
        for step in begins:
            axes.axvline(step, color="grey", ls="--", lw=0.8)
    picture.savefig(arguments[0], metadata={"Date": None} if arguments[0].endswith(".svg") else None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
