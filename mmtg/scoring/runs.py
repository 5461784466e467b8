"""Figures of finished runs, grouped over their seeds, for the tables of studies."""

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmtg.errors import InputError
from mmtg.seeded import seeded


def figures_of(folder: Path) -> Mapping[str, float]:
    """The final figures of a run.

    Args:
        folder: the run directory.

    Returns:
        Figures by name.

    Raises:
        InputError: the run has none, or they cannot be read.
    """
    file = folder / "metrics.json"
    if not file.is_file():
        raise InputError("is not there; name the directories of finished runs", file=file)
    try:
        figures: Mapping[str, float] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"is no JSON ({error})", file=file) from error
    return figures


def by_name(folders: Sequence[Path]) -> dict[str, list[Mapping[str, float]]]:
    """The figures of runs called ``NAME-seedN``, one behind the other for each name.

    Args:
        folders: run directories.

    Returns:
        name -> figures of each seed.

    Raises:
        InputError: a directory is not called so, or has no figures.
    """
    runs: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for folder in sorted(folders):
        runs[name_of(folder)].append(figures_of(folder))
    return dict(runs)


def name_of(folder: Path) -> str:
    """What stands in front of ``-seedN`` in the name of a run directory."""
    found = seeded(folder.name)
    if not found or found.rest:
        raise InputError("is not called NAME-seedN", file=folder)
    return found.name


def spread(values: Sequence[float], *, digits: int = 2) -> str:
    """Mean and standard deviation over seeds, the latter where there are several."""
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def cell(runs: Sequence[Mapping[str, float]], figure: str, *, factor: float = 1, digits: int) -> str:
    """A figure over seeds as a table shows it.

    Args:
        runs: figures of each seed.
        figure: its name.
        factor: it is multiplied by.
        digits: behind the point.

    Returns:
        Mean and deviation; a dash where a run lacks it.
    """
    if not all(figure in run for run in runs):
        return "–"
    return spread([factor * run[figure] for run in runs], digits=digits)
