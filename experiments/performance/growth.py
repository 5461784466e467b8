"""How time and memory of steps and of writing grow with the batch, the length of lines and the number of steps.

Every point is measured in a process of its own, so that its peak of memory is nobody else's, with the published sizes
but for the number of layers. ``measure.py only=growth --write`` writes ``growth.json`` and draws ``growth.svg`` (needs
matplotlib: pip install -e '.[figures]').
"""

import dataclasses
import json
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from drawing import finished
from measure import PAGE, written
from memory import peak_mb

FOLDER = Path(__file__).parent
LAYERS = 2
STEPS, LINE_TOKENS, BATCH, WRITTEN = 5, 20, 4, 16
CURVES = {
    "training in slots": {"batch": (2, 4, 8, 16), "line tokens": (10, 20, 40, 70), "steps": (3, 5, 10, 20)},
    "training in compact": {"batch": (2, 4, 8, 16), "steps": (3, 5, 10, 20)},
    "writing": {"batch": (4, 16, 64, 128), "steps": (3, 5, 10, 20)},
}


def point(what: str, batch: int, line_tokens: int, steps: int) -> tuple[float, float]:
    """Seconds and megabytes of one setting, in this process."""
    from decoding import seconds, write  # here, so that the parent needs no torch
    from models import SIZE, layout_of, mmtg_of
    from training import mmtg_step

    size = dataclasses.replace(SIZE, layers=LAYERS)
    layout = layout_of("compact" if "compact" in what else "slots", steps=steps, line_tokens=line_tokens)
    if what == "writing":
        model = mmtg_of(layout, size).eval()
        before = peak_mb()
        taken = [seconds(lambda: write(model, layout, batch)) for _ in range(2)]
    else:
        step = mmtg_step(layout, size, batch)
        before = peak_mb()
        taken = [step() for _ in range(3)][1:]
    return min(taken), peak_mb() - before


def curve(what: str, over: str, values: Sequence[int]) -> dict[str, list[float]]:
    """A curve over one of the sizes, the others as published."""
    found: dict[str, list[float]] = {over: list(values), "seconds": [], "mb": []}
    for value in values:
        sizes = {"batch": WRITTEN if what == "writing" else BATCH, "line tokens": LINE_TOKENS, "steps": STEPS}
        sizes[over] = value
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, mb = pool.apply(point, (what, *sizes.values()))
        print(what, over, value, f"{seconds:.2f} s, {mb:.0f} MB", flush=True)
        found["seconds"].append(seconds)
        found["mb"].append(mb)
    return found


def order(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent with which values grow, the slope of a line in log-log."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def rows(curves: dict[str, dict[str, list[float]]]) -> list[str]:
    """A line of a table for each curve."""
    table = ["| what | against | values | seconds | order | MB | order |", "|---|---|---|---|---|---|---|"]
    for name, found in curves.items():
        what, over = name.split(" against ")
        sizes, seconds, mb = found[over], found["seconds"], found["mb"]
        orders = f"{order(sizes, seconds):.2f}", f"{order(sizes, mb):.2f}"
        shown = [" / ".join(f"{value:.{digits}f}" for value in list_) for list_, digits in ((seconds, 2), (mb, 0))]
        sizes_shown = " / ".join(f"{size:.0f}" for size in sizes)
        table.append(f"| {what} | {over} | {sizes_shown} | {shown[0]} | {orders[0]} | {shown[1]} | {orders[1]} |")
    return table


def draw(curves: dict[str, dict[str, list[float]]]) -> None:
    """All curves in log-log, seconds above memory."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    overs = ("batch", "line tokens", "steps")
    figure, axes = plt.subplots(2, len(overs), figsize=(11, 7), layout="constrained")
    for name, found in curves.items():
        what, over = name.split(" against ")
        for panel, of in zip(axes[:, overs.index(over)], ("seconds", "mb"), strict=True):
            label = f"{what}: order {order(found[over], found[of]):.2f}"
            panel.loglog(found[over], found[of], marker="o", label=label)
            panel.set(xlabel=over, ylabel={"seconds": "seconds", "mb": "memory, MB"}[of])
    for panel in axes.flat:
        finished(panel, legend=True)
    figure.savefig(FOLDER / "growth.svg")


def main(write: bool = False) -> None:
    """Measures and keeps; puts the table into README.md and draws if asked to."""
    curves = {
        f"{what} against {over}": curve(what, over, values)
        for what, overs in CURVES.items()
        for over, values in overs.items()
    }
    (FOLDER / "growth.json").write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")
    print("\n".join(rows(curves)))
    if write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), "growth", rows(curves)), encoding="utf-8")
        draw(curves)
