"""How conversion and stores grow with their size: points, the order fitted to them, and what it predicts.

    python experiments/performance/growth_data.py output=growth_data.json [plot=growth_data.png]

The order is the exponent of size in a line through the points' logarithms; one near 0 is no growth.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from data import MB, apart, converting, sampling
from made import write_store

CONVERTED = (500, 1500, 3000, 6000, 12000)
STORED = (10_000, 30_000, 100_000, 200_000)
BATCHES = (24, 48, 96, 192, 384)
PREDICTED = (210_000, 100_000_000)
DEFAULTS = {"output": "growth_data.json", "plot": ""}
Points = dict[str, dict[int, dict[str, float]]]


def main() -> None:
    """Measures, prints the table, and writes points and fits."""
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    if unknown := given.keys() - DEFAULTS.keys():
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(DEFAULTS)}")
    settings = {**DEFAULTS, **given}
    found = growth()
    print(table(found))
    Path(settings["output"]).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if settings["plot"]:
        plot(found, Path(settings["plot"]))


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


def table(found: Mapping[str, Any]) -> str:
    """A line for each curve."""
    names = [f"{n:,}" for n in PREDICTED]
    rows = ["| curve | points | order | " + " | ".join(names) + " |", "|---" * (3 + len(names)) + "|"]
    for name, curve in found.items():
        points = ", ".join(f"{n:,}: {value:.3g}" for n, value in curve["points"].items())
        predicted = [f"{value:,.3g}" for value in curve["predicted"].values()] or [""] * len(names)
        rows.append(f"| {name} | {points} | {curve['order']:.2f} | {' | '.join(predicted)} |")
    return "\n".join(rows)


def plot(found: Mapping[str, Any], path: Path) -> None:
    """The curves as a picture, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    for axes, (name, curve) in zip(figure.subplots(2, 4).flat, found.items(), strict=False):
        axes.loglog(list(curve["points"]), list(curve["points"].values()), "o-")
        axes.set_title(f"{name}\norder {curve['order']:.2f}", fontsize=8)
    figure.savefig(path)


if __name__ == "__main__":
    main()
