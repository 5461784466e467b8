"""Curricula: what they reach, and what they show when."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from mmtg.curriculum.shown import shown
from mmtg.report.ablations import FRAME, ROW_HEIGHT
from mmtg.report.board import Comparison
from mmtg.report.charting import PATTERNS, SCRIPTS, STYLES, Choice, Option, chart_data, layout, rounded, safe, series
from mmtg.report.families import CURRICULUM, Family, Member, configured, curricula, schedule_of
from mmtg.report.page import Section, chart
from mmtg.report.quality import axis_of, offered, spread, title_of
from mmtg.report.runs import RunRecord

RATINGS = (1, 2, 3, 4, 5)
MOST_EPOCHS = 1000
"""Epochs of a configuration beyond which no bars are drawn."""
NOTE = (
    "Runs that differ in their curriculum alone. Above, small circles are single seeds, large marks their mean, bars "
    "the standard deviation over seeds. Below, what an epoch shows, as a share of the training set, by rating (5: "
    "pictures and texts belong to the lines; 1: they do not); all ratings are taken to be equally frequent, as in the "
    "picture world."
)


def section(comparison: Comparison) -> Section | None:
    """Two charts for each study of curricula.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no runs differ in their curriculum alone.
    """
    figures, families = offered(comparison), curricula(comparison)
    if not families or not figures:
        return None
    charts: dict[str, dict[str, Any]] = {}
    for number, family in enumerate(families):
        charts[f"curriculum-{number}"] = _reached(family, figures)
        if (bars := _shows(family)) is not None:
            charts[f"curriculum-shows-{number}"] = bars
    html = Markup("").join(chart(name, drawn["layout"]["meta"]["title"]) for name, drawn in charts.items())
    return Section("curricula", "Curricula", html, NOTE, charts=charts, scripts=SCRIPTS, styles=STYLES)


def _reached(family: Family, figures: Sequence[str]) -> dict[str, Any]:
    """A figure by curriculum."""
    names = [safe(member.name) for member in family.members]
    drawn = go.Figure(
        [
            go.Scatter(mode="markers", name="seeds", marker={"symbol": "circle-open", "size": 7}, meta={"series": 1},
                       hovertemplate="one seed: %{x:.4g}<extra>%{y}</extra>"),
            go.Scatter(mode="markers", name="mean", **series(0) | {"marker": {"symbol": "diamond", "size": 11}},
                       error_x={"type": "data", "thickness": 2}, hovertemplate="%{text}<extra>%{y}</extra>"),
        ],
        layout(f"{family.title}: reached by each curriculum", x=figures[0], y="curriculum", showlegend=False,
               hovermode="closest", height=FRAME + ROW_HEIGHT * len(names)),
    )  # fmt: skip
    drawn.update_yaxes(
        type="category", categoryorder="array", categoryarray=names[::-1], range=[-0.5, len(names) - 0.5]
    )
    options = [_option(figure, family.members) for figure in figures]
    return chart_data(drawn, [Choice("figure", [option for option in options if option is not None])])


def _option(figure: str, members: Sequence[Member]) -> Option | None:
    found = [(safe(member.name), spread(member.row, figure)) for member in members]
    there = [(name, known) for name, known in found if known is not None]
    if not there:
        return None
    seeds = {"x": [v for _, known in there for v in known.values], "y": [n for n, known in there for _ in known.values]}
    means = {
        "x": rounded(known.mean for _, known in there),
        "y": [name for name, _ in there],
        "error_x": {"array": rounded(known.std or 0 for _, known in there)},
        "text": [_told(known.mean, known.std, len(known.values)) for _, known in there],
    }
    return Option(title_of(figure), [seeds, means], {"xaxis": {"title": {"text": safe(axis_of(figure))}}})


def _told(mean: float, std: float | None, seeds: int) -> str:
    return f"mean {mean:.4g}" + (f" ± {std:.2g} over {seeds} seeds" if std is not None else ", one seed")


def _shows(family: Family) -> dict[str, Any] | None:
    """Stacked bars, an epoch each, of the curriculum that is chosen."""
    found = [(member, _epochs(member.row.runs[0])) for member in family.members]
    options = [_bars(member.name, epochs) for member, epochs in found if epochs]
    if not options:
        return None
    bars = [_bar(place, rating) for place, rating in enumerate(RATINGS)]
    frame = layout(
        f"{family.title}: what an epoch shows", x="epoch", y="share of the training set", barmode="stack", bargap=0.3
    )
    drawn = go.Figure(bars, frame)
    drawn.update_xaxes(dtick=1).update_yaxes(tickformat=".0%", rangemode="tozero")
    return chart_data(drawn, [Choice("curriculum", options)])


def _bar(place: int, rating: int) -> go.Bar:
    return go.Bar(
        name=f"rating {rating}",
        meta={"series": place},
        marker={"pattern": {"shape": PATTERNS[place], "fillmode": "overlay", "solidity": 0.25}},
        hovertemplate="%{y:.0%} of the training set<extra>%{fullData.name}</extra>",
    )


def _bars(name: str, epochs: Sequence[Mapping[int, float]]) -> Option:
    numbers = list(range(1, len(epochs) + 1))
    return Option(name, [{"x": numbers, "y": rounded(epoch[rating] for epoch in epochs)} for rating in RATINGS])


def _epochs(run: RunRecord) -> list[dict[int, float]]:
    """Shares of the training set by rating; none where the configuration tells no schedule."""
    schedule = schedule_of(configured(run.config, CURRICULUM))
    if schedule is None or not isinstance(schedule.epochs, int) or not 0 < schedule.epochs <= MOST_EPOCHS:
        return []
    try:
        return shown(schedule, dict.fromkeys(RATINGS, 1 / len(RATINGS)))
    except (TypeError, ValueError, ArithmeticError):
        return []  # numbers that a schedule does not check, in a stranger's configuration
