"""What each part is worth: rows of a study against its whole system."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from mmtg.report.board import Comparison
from mmtg.report.charting import SCRIPTS, STYLES, Choice, Option, chart_data, layout, safe, series
from mmtg.report.differences import Difference, difference
from mmtg.report.families import Family, Member, ablations, whole
from mmtg.report.page import Section, chart
from mmtg.report.quality import axis_of, offered, title_of

ROW_HEIGHT, FRAME = 34, 190
"""Pixels of a part, and of title, axis and margins."""
NOTE = (
    "A study is found by what was typed: runs of one experiment and sweep that differ in {groups}. Large marks are the "
    "mean difference to the whole system, bars its {confidence:g} % interval over seeds (paired t where both have the "
    "same seeds, else Welch's t; none for a single seed), small circles single seeds. Intervals are not corrected for "
    "their number."
)


def section(comparison: Comparison) -> Section | None:
    """A chart for each study of parts.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no runs are an ablation.
    """
    figures, settings = offered(comparison), comparison.settings
    families = ablations(comparison)
    if not families or not figures:
        return None
    charts = {f"ablation-{n}": _chart(comparison, family, figures) for n, family in enumerate(families)}
    html = Markup("").join(chart(name, family.title) for name, family in zip(charts, families, strict=True))
    note = NOTE.format(groups=" or ".join(settings["parts"]), confidence=100 * settings["confidence"])
    return Section("ablations", "Ablations", html, note, charts=charts, scripts=SCRIPTS, styles=STYLES)


def _chart(comparison: Comparison, family: Family, figures: Sequence[str]) -> dict[str, Any]:
    baseline = whole(family, comparison.standings.baseline)
    assert baseline is not None  # families without one are none
    parts = [member for member in family.members if member is not baseline]
    title = f"{family.title}: difference of each part to {baseline.name}"
    drawn = go.Figure(_traces(), layout(title, x="difference", y=family.group, hovermode="closest", showlegend=False))
    drawn.update_layout(height=FRAME + ROW_HEIGHT * len(parts))
    drawn.update_xaxes(zeroline=True, zerolinewidth=2, rangemode="tozero")
    drawn.update_yaxes(type="category", categoryorder="array", categoryarray=[safe(p.name) for p in reversed(parts)],
                       range=[-0.5, len(parts) - 0.5])  # fmt: skip
    confidence = comparison.settings["confidence"]
    options = [_option(name, parts, baseline, confidence) for name in figures]
    return chart_data(drawn, [Choice("figure", [option for option in options if option is not None])])


def _traces() -> list[go.Scatter]:
    """Means with intervals, and seeds."""
    means = series(0) | {"marker": {"symbol": "diamond", "size": 11}}
    seeds = {"marker": {"symbol": "circle-open", "size": 7}, "meta": {"series": 1}}
    text = "%{text}<extra>%{y}</extra>"
    return [
        go.Scatter(mode="markers", hovertemplate=text, **seeds, name="seeds"),
        go.Scatter(mode="markers", hovertemplate=text, **means, name="mean", error_x={"type": "data", "thickness": 2}),
    ]


def _option(figure: str, parts: Sequence[Member], baseline: Member, confidence: float) -> Option | None:
    found = [(part, difference(part.row, baseline.row, figure, confidence)) for part in parts]
    there = [(part, found) for part, found in found if found is not None]
    if not there:
        return None
    seeds = [(part, value) for part, known in there for value in known.each]
    dots = {
        "x": [value for _, value in seeds],
        "y": [safe(part.name) for part, _ in seeds],
        "text": [f"one seed: {value:+.4g}" for _, value in seeds],
    }
    title = f"difference in<br>{safe(axis_of(figure))}"
    return Option(title_of(figure), [dots, _means(there)], {"xaxis": {"title": {"text": title}}})


def _means(there: Sequence[tuple[Member, Difference]]) -> dict[str, Any]:
    """Means and the arms of their intervals, of no length where there is none."""
    return {
        "x": [known.mean for _, known in there],
        "y": [safe(part.name) for part, _ in there],
        "error_x": {
            "symmetric": False,
            "array": [0 if known.high is None else known.high - known.mean for _, known in there],
            "arrayminus": [0 if known.low is None else known.mean - known.low for _, known in there],
        },
        "text": [_told(known) for _, known in there],
    }


def _told(known: Difference) -> str:
    ends = "" if known.low is None else f" [{known.low:+.4g}, {known.high:+.4g}]"
    return safe(f"{known.mean:+.4g}{ends}") + f"<br>{safe(known.test)}"
