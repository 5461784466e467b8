"""Quality against cost."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from mmtg.report.board import Comparison, Row
from mmtg.report.charting import SCRIPTS, STYLES, Choice, Option, chart_data, layout, rounded, safe, series, short
from mmtg.report.page import Section, chart
from mmtg.report.quality import axis_of, offered, spread, title_of
from mmtg.report.standings import Standing

NAME = "cost"
NOTE = (
    "A point is the mean of a row, bars the standard deviation over seeds; each system has a mark and a colour. "
    "Parameters are all those of the run's model. Training time is that of the run itself; preparation, as of an "
    "encoder or a decoder that is trained beforehand, is apart, and short where its result was there already. Times "
    "depend on the machine and on what else it did."
)


def section(comparison: Comparison) -> Section | None:
    """One chart: a figure of quality against a cost, both to be chosen.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no run has both.
    """
    costs: Mapping[str, str] = comparison.settings["cost"]["figures"]
    figures = offered(comparison)
    there = {name: title for name, title in costs.items() if any(row.values(name) for row in comparison.rows)}
    if not figures or not there:
        return None
    drawn = _chart(comparison, figures, there)
    return Section(
        "cost",
        "Quality against cost",
        chart(NAME, "Quality against cost"),
        NOTE,
        charts={NAME: drawn},
        scripts=SCRIPTS,
        styles=STYLES,
    )


def _chart(comparison: Comparison, figures: Sequence[str], costs: Mapping[str, str]) -> dict[str, Any]:
    settings = comparison.settings["cost"]
    systems: dict[str, list[Row]] = {}
    for row in comparison.rows:
        systems.setdefault(row.system, []).append(row)
    named = len(comparison.rows) <= settings["labelled"]
    frame = layout("Quality against cost", x=next(iter(costs.values())), y=figures[0], hovermode="closest")
    drawn = go.Figure([_trace(name, rows, n, named) for n, (name, rows) in enumerate(systems.items())], frame)
    groups = list(systems.values())
    return chart_data(
        drawn,
        [
            Choice("figure", [_quality(name, groups) for name in figures]),
            Choice("against", [_cost(name, title, groups, settings["decade"]) for name, title in costs.items()]),
        ],
    )


def _trace(system: str, rows: Sequence[Row], number: int, named: bool) -> go.Scatter:
    look = series(number)
    return go.Scatter(
        name=safe(system),
        mode="markers+text" if named else "markers",
        text=[safe(short(row.label)) for row in rows],
        customdata=[safe(row.label) for row in rows],
        textposition="top center",
        textfont={"size": 11},
        cliponaxis=False,
        marker={**look["marker"], "size": 10},
        meta=look["meta"],
        error_x={"type": "data", "thickness": 1},
        error_y={"type": "data", "thickness": 1},
        hovertemplate="%{customdata}<br>%{y:.4g} at %{x:.4g}<extra>%{fullData.name}</extra>",
    )


def _quality(figure: str, groups: Sequence[Sequence[Row]]) -> Option:
    traces = [_values("y", [spread(row, figure) for row in rows]) for rows in groups]
    return Option(title_of(figure), traces, {"yaxis": {"title": {"text": safe(axis_of(figure))}}})


def _cost(figure: str, title: str, groups: Sequence[Sequence[Row]], decade: float) -> Option:
    """A cost; its axis is logarithmic where the largest is ``decade`` times the smallest."""
    found = [[spread(row, figure) for row in rows] for rows in groups]
    means = [known.mean for rows in found for known in rows if known is not None]
    wide = min(means) > 0 and max(means) >= decade * min(means)
    axis = {"type": "log" if wide else "linear", "title": {"text": safe(title)}}
    return Option(title, [_values("x", rows) for rows in found], {"xaxis": axis})


def _values(axis: str, rows: Sequence[Standing | None]) -> dict[str, Any]:
    means = [math.nan if known is None else known.mean for known in rows]
    stds = [0.0 if known is None or known.std is None else known.std for known in rows]
    return {axis: rounded(means), f"error_{axis}": {"array": rounded(stds)}}
