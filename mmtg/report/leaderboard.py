"""The leaderboard: a row per label, a column per figure, sorted and filtered in the page."""

from collections.abc import Mapping
from typing import Any

from mmtg.report.board import Comparison, Row
from mmtg.report.figures import BOUNDS, figure_of
from mmtg.report.marks import best_of, explained, mark_of
from mmtg.report.page import Section, chart, render
from mmtg.report.standings import Standing, Standings

CHART = "leaderboard-chart"
DIGITS = 6
"""Digits of a number in the page's data."""


def section(comparison: Comparison) -> Section | None:
    """The table, and a chart of one of its figures.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no run has figures of a test.
    """
    rows = [row for row in comparison.rows if row.tested]
    if not rows:
        return None
    standings = comparison.standings
    place = chart(CHART, "Means with intervals of one figure")
    return Section(
        "leaderboard",
        "Leaderboard",
        render("leaderboard.html", systems=sorted({row.system for row in rows}), chart=place),
        explained(standings),
        data={
            "columns": list(standings.columns),
            "figures": [_figure(name, standings) for name in (*standings.columns, *standings.others)],
            "rows": [_row(row, standings) for row in rows],
            "baseline": standings.baseline,
            "confidence": standings.resampling.confidence,
        },
        charts={CHART: {"data": [], "layout": {}}},
        scripts=["leaderboard.js"],
    )


def _figure(name: str, standings: Standings) -> dict[str, Any]:
    known = figure_of(name)
    return {
        "name": name,
        "title": known.title,
        "axis": known.axis,
        "arrow": known.arrow,
        "better": known.better,
        "digits": known.digits,
        "hint": _hint(name, standings),
        "best": best_of(standings, name),
    }


def _hint(name: str, standings: Standings) -> str:
    """Chance and ceiling of a figure, from the lowest to the highest of the rows that may be compared in it."""
    known, parts = figure_of(name), []
    otherwise = {label for (label, figure), cell in standings.cells.items() if figure == name and cell.otherwise}
    for ending, word in BOUNDS.items():
        means = [
            cell.mean
            for (label, figure), cell in standings.cells.items()
            if figure == f"{name}{ending}" and label not in otherwise
        ]
        if means:
            ends = dict.fromkeys((known.written(min(means)), known.written(max(means))))
            parts.append(f"{word} {'–'.join(ends)}")
    return ", ".join(parts)


def _row(row: Row, standings: Standings) -> dict[str, Any]:
    cells = {name: standings.cells.get((row.label, name)) for name in (*standings.columns, *standings.others)}
    return {
        "label": row.label,
        "system": row.system,
        "experiment": row.experiment,
        "seeds": row.seeds,
        "runs": [str(run.directory) for run in row.runs],
        "apart": row.label in standings.apart,
        "notes": list(standings.notes.get(row.label, [])),
        "cells": {name: _cell(name, cell, standings) for name, cell in cells.items() if cell is not None},
    }


def _cell(name: str, cell: Standing, standings: Standings) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "mean": _short(cell.mean),
        "std": _short(cell.std),
        "values": list(map(_short, cell.values)),
    }
    if cell.estimate is not None:
        found |= {"low": _short(cell.estimate.low), "high": _short(cell.estimate.high), "n": cell.estimate.n}
    if mark := str(mark_of(name, cell, standings)):
        found["mark"] = mark
    if cell.texts is not None:
        test = cell.texts.test
        numbers = test.difference, test.low, test.high, test.p_permutation, cell.texts.p_permutation_holm
        found["texts"] = list(map(_short, numbers))
    if cell.seeds is not None:
        over = cell.seeds.test
        found["seeds"] = list(map(_short, (over.difference, over.low, over.high, over.p, cell.seeds.p_holm)))
        found["note"] = f"{over.test}; {over.note}"
    return found


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
