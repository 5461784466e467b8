"""Charts with choices: Plotly figures as plain data, and what each choice changes in them.

The page's ``choices.js`` makes a list to choose from for each ``Choice``, and merges what was chosen into the figure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "x")
PATTERNS = ("", "/", "x", ".", "\\", "+", "-", "|")
"""Lines, points and areas are told apart by these as well as by colour."""

SCRIPTS = ("choices.js",)
STYLES = ("charts.css",)
DIGITS = 4
"""Significant digits of the numbers in charts."""

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Option:
    """One thing to choose.

    Attributes:
        label: what it is called, plain text.
        traces: for each trace what changes in it, merged key by key; empty where no trace changes.
        layout: what changes in the layout.
        x_of: name of the x values, of those that traces and marks bring, to be shown; None where this does not choose.
    """

    label: str
    traces: Sequence[Data] = ()
    layout: Data = field(default_factory=dict)
    x_of: str | None = None


@dataclass(frozen=True)
class Choice:
    """A list to choose from; the first option is chosen at first.

    Attributes:
        label: what it chooses, plain text.
        options: at least one.
    """

    label: str
    options: Sequence[Option]


def chart_data(figure: go.Figure, choices: Iterable[Choice] = ()) -> dict[str, Any]:
    """A figure as the page draws it: plain data, and no template, since colours follow the page's theme.

    Args:
        figure: traces and layout; a trace's ``meta.series`` is the number of its colour.
        choices: what can be changed in it; those with a single option are made but not shown.

    Returns:
        What ``Section.charts`` holds.
    """
    drawn = figure.to_plotly_json()
    drawn["layout"].pop("template", None)
    return {
        "data": plain_numbers(drawn["data"]),
        "layout": plain_numbers(drawn["layout"]),
        "choices": [plain_numbers(_choice(choice)) for choice in choices],
    }


def layout(title: str, *, x: str, y: str, **more: Any) -> go.Layout:
    """What the layouts of all charts share.

    Args:
        title: of the chart, plain text; the page sets it above the choices, where it has room on a phone, too.
        x: title of the x axis, with its unit.
        y: title of the y axis, with its unit.
        **more: of the layout.

    Returns:
        The layout.
    """
    return go.Layout(
        meta={"title": title},
        xaxis={"title": {"text": safe(x)}},
        yaxis={"title": {"text": safe(y), "standoff": 12}},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "maxheight": 0.3},
        margin={"l": 50, "r": 15, "t": 45, "b": 40},
        **more,
    )


def safe(text: str) -> str:
    """Text as Plotly shows it letter for letter, though it takes some tags of HTML for its own."""
    return escape(text, quote=False)


def short(text: str, most: int = 24) -> str:
    """The beginning of a long text, for places where it would hide others."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def rounded(values: Iterable[float]) -> list[float | None]:
    """Numbers with as many digits as a chart can show; None where there is none."""
    return [None if not math.isfinite(value) else float(f"{value:.{DIGITS}g}") for value in values]


def series(number: int) -> dict[str, Any]:
    """Line and symbol of the series of a number; its colour is the page's."""
    return {
        "line": {"dash": DASHES[number % len(DASHES)]},
        "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)]},
        "meta": {"series": number},
    }


def plain_numbers(value: Any) -> Any:
    """Plain data, of tuples and numpy's types, too; None for what is no finite number."""
    if isinstance(value, Mapping):
        return {key: plain_numbers(below) for key, below in value.items()}
    if isinstance(value, np.ndarray):
        return rounded(value.tolist())
    if isinstance(value, list | tuple):
        return [plain_numbers(below) for below in value]
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _choice(choice: Choice) -> dict[str, Any]:
    options = [
        {"label": o.label, "traces": list(o.traces), "layout": o.layout, **({"x_of": o.x_of} if o.x_of else {})}
        for o in choice.options
    ]
    return {"label": choice.label, "options": options}
