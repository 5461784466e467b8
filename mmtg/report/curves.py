"""Learning curves, with the stages of the curriculum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from mmtg.errors import InputError
from mmtg.report.board import Comparison, Row
from mmtg.report.charting import (
    SCRIPTS,
    STYLES,
    Choice,
    Option,
    chart_data,
    layout,
    rounded,
    safe,
    series,
    short,
)
from mmtg.report.lines import Curve, Series, Stretch, curve, series_of, stages_of
from mmtg.report.page import Section, chart

NAME = "learning-curves"
LOGGED = ("train/", "val/")
HIDDEN = ("train/stage",)
FEWEST = 20
"""Points that a line keeps, however many lines there are."""
LEGEND, MARKED = 32, 12
"""Characters of a row's name in the legend; points of a line that have its symbol."""
PER_POINT = 5
"""Numbers of a point: step, epoch, mean, lowest, highest."""
_NO_MARKS = {"meta": {"marks": None}}
NOTE = (
    "A line is the mean over a row's seeds, the band behind it the lowest and the highest seed. Click a name in the "
    "legend to show or hide a row, twice to see it alone."
)


@dataclass(frozen=True)
class Learnt:
    """What the runs of a row logged."""

    row: Row
    seeds: Sequence[Mapping[str, Series]]

    @property
    def stages(self) -> tuple[Stretch, ...]:
        """Stages of the first seed that has some."""
        return next((found for seed in self.seeds if (found := stages_of(seed))), ())

    def of(self, figure: str) -> list[Series]:
        """A figure of the seeds that have it."""
        return [seed[figure] for seed in self.seeds if figure in seed]


def section(comparison: Comparison) -> Section | None:
    """Learning curves of all rows, a figure at a time.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no run logged anything.
    """
    settings = comparison.settings["curves"]
    rows, faults = _learnt(comparison)
    figures = _figures(rows, settings["figures"])[: settings["most_figures"]]
    if not figures:
        return None
    lines = sum(bool(row.of(figure)) for row in rows for figure in figures)
    points = max(FEWEST, min(settings["points"], settings["numbers"] // (PER_POINT * lines)))
    drawn = _chart(rows, figures, points, settings["drawn"])
    note = NOTE + (f" {len(faults)} runs are left out, the first since {faults[0]}" if faults else "")
    return Section(
        "curves",
        "Learning curves",
        chart(NAME, "Learning curves"),
        note,
        charts={NAME: drawn},
        scripts=SCRIPTS,
        styles=STYLES,
    )


def _learnt(comparison: Comparison) -> tuple[list[Learnt], list[str]]:
    """The rows that logged something, and why runs are left out."""
    rows, faults = [], []
    for row in comparison.rows:
        seeds = []
        for run in row.runs:
            try:
                seeds.append(series_of(run.curves()))
            except InputError as error:
                faults.append(str(error))
        if any(seeds):
            rows.append(Learnt(row, seeds))
    return rows, faults


def _figures(rows: Sequence[Learnt], wanted: Sequence[str] | None) -> list[str]:
    """Names of what was logged in training, losses first."""
    there = {name for row in rows for seed in row.seeds for name in seed if name.startswith(LOGGED)} - set(HIDDEN)
    if wanted is not None:
        return [name for name in wanted if name in there]
    return sorted(there, key=lambda name: (name not in ("val/loss", "train/loss"), name))


def _chart(rows: Sequence[Learnt], figures: Sequence[str], points: int, drawn: int) -> dict[str, Any]:
    traces = [trace for number, row in enumerate(rows) for trace in _traces(row, number, shown=number < drawn)]
    figure = go.Figure(traces, layout("Learning curves", x="training step", y=figures[0], hovermode="closest"))
    kinds = [Option("step", x_of="step", layout=_x("training step")), Option("epoch", x_of="epoch", layout=_x("epoch"))]
    return {
        **chart_data(
            figure,
            [
                Choice("figure", [_option(name, rows, points) for name in figures]),
                Choice("against", kinds),
                Choice("stages of", _stages(rows)),
            ],
        ),
        "compose": "bands",
    }


def _x(title: str) -> dict[str, Any]:
    return {"xaxis": {"title": {"text": title}}}


def _traces(row: Learnt, number: int, *, shown: bool) -> list[go.Scatter]:
    """The band of a row and its line; ``choices.js`` fills in their values."""
    look = series(number)
    shared = {
        "name": safe(short(row.row.label, LEGEND)),
        "legendgroup": str(number),
        "visible": True if shown else "legendonly",
    }
    band = go.Scatter(
        mode="lines",
        fill="toself",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        meta={"series": number, "band": True},
        **shared,
    )
    line = go.Scatter(
        mode="lines+markers",
        line=look["line"],
        marker={**look["marker"], "size": 6, "maxdisplayed": MARKED},
        meta=look["meta"],
        hovertemplate="%{y:.4g} at %{x:.5g}<extra>%{fullData.name}</extra>",
        **shared,
    )
    return [band, line]


def _option(figure: str, rows: Sequence[Learnt], points: int) -> Option:
    """A figure of all rows; a row without it has empty traces."""
    traces: list[dict[str, Any]] = []
    for row in rows:
        seeds = row.of(figure)
        found = curve(seeds, points) if seeds else None
        traces += [{"meta": {"values": None}}, {"meta": {"values": None if found is None else _values(found)}}]
    return Option(figure, traces, {"yaxis": {"title": {"text": safe(figure)}}})


def _values(found: Curve) -> dict[str, Any]:
    spread = {"low": rounded(found.low), "high": rounded(found.high)} if found.seeds > 1 else {}
    x = {"step": [int(step) for step in found.steps], "epoch": [round(float(epoch), 3) for epoch in found.epochs]}
    return {"x": x, "y": rounded(found.mean), **spread}


def _stages(rows: Sequence[Learnt]) -> list[Option]:
    """Marks of the stages of each curriculum; the one of most rows first, and none."""
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for row in rows:
        if row.stages:
            marks = _marks(row.stages, row)
            groups.setdefault(repr(marks), (marks, []))[1].append(row.row.label)
    most = sorted(groups.values(), key=lambda group: -len(group[1]))
    return [*(Option(_names(labels), layout=marks) for marks, labels in most), Option("none", layout=_NO_MARKS)]


def _names(labels: Sequence[str], most: int = 3) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more


def _marks(stages: Sequence[Stretch], row: Learnt) -> dict[str, Any]:
    """Where stages begin, on either axis, and what they are called."""
    names = [_stage_name(stretch.stage, row.row.runs[0].config) for stretch in stages]
    x = {"step": [begun.step for begun in stages], "epoch": [round(begun.epoch, 3) for begun in stages]}
    return {"meta": {"marks": {"numbers": [str(begun.stage) for begun in stages], "names": names, "x": x}}}


def _stage_name(number: int, config: Mapping[str, Any]) -> str:
    """A stage and the ratings that it shows, where the configuration says so."""
    try:
        ratings = ", ".join(str(int(rating)) for rating in config["curriculum"]["stages"][number]["ratings"])
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return str(number)
    return f"{number} (ratings {ratings})"
