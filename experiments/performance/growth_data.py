"""How conversion and stores grow with their size: points, the order fitted to them, and what it predicts.

The order is the exponent of size in a line through the points' logarithms; one near 0 is no growth. ``measure.py
only=growth_data --write`` writes ``growth_data.json`` and draws ``growth_data.svg`` (needs matplotlib).
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from data import apart, converting, sampling
from drawing import finished
from made import write_store
from measure import PAGE, written
from memory import MB

FOLDER = Path(__file__).parent
CONVERTED = (500, 1500, 3000, 6000, 12000)
STORED = (10_000, 30_000, 100_000, 200_000)
BATCHES = (24, 48, 96, 192, 384)
PREDICTED = (210_000, 100_000_000)
Points = dict[str, dict[int, dict[str, float]]]


def main(write: bool = False) -> None:
    """Measures and keeps; puts the table into README.md and draws if asked to."""
    found = growth()
    (FOLDER / "growth_data.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(rows(found)))
    if write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), "growth of data", rows(found)), encoding="utf-8")
        draw(found)


def growth() -> dict[str, Any]:
    """Points, fitted orders and predictions, as plain data."""
    with tempfile.TemporaryDirectory() as folder:
        points = {"items converted": _conversions(), **_stores(Path(folder))}
    curves = {}
    for size, of_size in points.items():
        for figure in next(iter(of_size.values())):
            values = {n: of_size[n][figure] for n in of_size}
            curves[f"{figure} against {size}"] = {"points": values, **fit(values)}
    return curves


def _conversions() -> Mapping[int, Mapping[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for count in CONVERTED:
        figures = converting(count)
        peak = figures[f"convert_peak_mb_{count}"]
        found[count] = {"seconds of conversion": figures["convert_s"], "peak MB of conversion": peak}
    return found


def _stores(folder: Path) -> Points:
    of_size: dict[int, dict[str, float]] = {}
    of_batch: dict[int, dict[str, float]] = {}
    for count in STORED:
        path = folder / str(count)
        apart(write_store, path, count)
        figures = apart(sampling, path)
        of_size[count] = {
            "seconds to open": figures["store_open_s"],
            "MB of growth while sampling": figures["store_rss_growth_mb"],
            "ms of a batch of 96": figures["collate_96_ms"],
            "MB on disk": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / MB,
        }
    for batch in BATCHES:
        of_batch[batch] = {"ms of a batch": apart(sampling, path, batch)[f"collate_{batch}_ms"]}
    return {"experiences stored": of_size, "experiences in a batch": of_batch}


def fit(points: Mapping[int, float]) -> dict[str, Any]:
    """The order of growth, and what a line of the points predicts.

    Args:
        points: value of each size.

    Returns:
        ``order``, and ``predicted`` by ``a + b * size``, for sizes that are not batches.
    """
    sizes, values = np.array(list(points), float), np.array(list(points.values()))
    order = float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
    slope, start = np.polyfit(sizes, values, 1, w=1 / values)
    predicted = {n: float(start + max(slope, 0) * n) for n in PREDICTED} if sizes.max() > max(BATCHES) else {}
    return {"order": order, "predicted": predicted}


def rows(found: Mapping[str, Any]) -> list[str]:
    """A line of a table for each curve."""
    names = [f"{n:,}" for n in PREDICTED]
    table = ["| curve | points | order | " + " | ".join(names) + " |", "|---" * (3 + len(names)) + "|"]
    for name, curve in found.items():
        points = ", ".join(f"{n:,}: {value:.3g}" for n, value in curve["points"].items())
        predicted = [f"{value:,.3g}" for value in curve["predicted"].values()] or [""] * len(names)
        table.append(f"| {name} | {points} | {curve['order']:.2f} | {' | '.join(predicted)} |")
    return table


def draw(found: Mapping[str, Any]) -> None:
    """The curves as a picture, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6.5), layout="constrained")
    panels = list(figure.subplots(2, -(-len(found) // 2)).flat)
    for panel, (name, curve) in zip(panels, found.items(), strict=False):
        panel.loglog(list(curve["points"]), list(curve["points"].values()), marker="o")
        figure_name, size = name.split(" against ")
        panel.set(xlabel=size, ylabel=figure_name, title=f"order {curve['order']:.2f}")
        finished(panel, legend=False)
    for panel in panels[len(found) :]:
        panel.set_visible(False)
    figure.savefig(FOLDER / "growth_data.svg")
