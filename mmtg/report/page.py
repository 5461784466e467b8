"""The page: sections put together with style, script and Plotly into one file that needs no network."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

PACKAGE, ASSETS = "mmtg.report", "assets"
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What would end or begin something in HTML or in older JavaScript, as JSON writes it otherwise."""


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        id: of its element; letters and hyphens.
        title: its heading, plain text.
        html: its content, made by :func:`render`; plain strings are escaped.
        note: what a reader must know of it, plain text.
        data: put into the page once, as JSON; scripts read it by ``report.data(ID)``.
        charts: Plotly figures ``{"data": [...], "layout": {...}}`` by the names that :func:`chart` puts into the html.
        scripts: names of files in ``assets`` that the section needs; each is put into the page once.
        styles: names of style sheets likewise.
    """

    id: str
    title: str
    html: str | Markup
    note: str = ""
    data: Any = None
    charts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scripts: Sequence[str] = ()
    styles: Sequence[str] = ()


def page(sections: Sequence[Section], *, title: str, summary: str) -> str:
    """The whole page.

    Args:
        sections: in their order.
        title: of the page, plain text.
        summary: the sentence below the title, plain text.

    Returns:
        HTML.
    """
    scripts = dict.fromkeys(["page.js", "charts.js", *(name for section in sections for name in section.scripts)])
    styles = dict.fromkeys(["page.css", *(name for section in sections for name in section.styles)])
    drawn = {name: figure for section in sections for name, figure in section.charts.items()}
    return str(
        render(
            "page.html",
            sections=sections,
            title=title,
            summary=summary,
            style=Markup("\n").join(Markup(asset(name)) for name in styles),
            scripts=[Markup(asset(name)) for name in scripts],
            plotly=Markup(plotly()) if drawn else None,
            data={**{section.id: section.data for section in sections if section.data is not None}, "charts": drawn},
        )
    )


def render(template: str, **values: Any) -> Markup:
    """A template of ``assets``, every value escaped that is not Markup.

    Args:
        template: name of the file.
        **values: what it is filled with.

    Returns:
        HTML.
    """
    return Markup(_environment().get_template(template).render(**values))


def chart(name: str, title: str) -> Markup:
    """The place of a chart.

    Args:
        name: key of ``Section.charts``; one in the whole page.
        title: what a reader who does not see it is told.

    Returns:
        HTML.
    """
    return render("chart.html", name=name, title=title)


def plain(text: str) -> str:
    """Text for a chart, whose labels know some tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_json(value: Any) -> Markup:
    """Plain data as JSON that may stand in a script element; NaN and infinity are refused with ValueError."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text.encode("utf-8", "replace").decode())


def asset(name: str) -> str:
    """The text of a file in ``assets``."""
    return (files(PACKAGE) / ASSETS / name).read_text(encoding="utf-8")


def plotly() -> str:
    """Plotly's library, as text that may stand in a script element."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader(PACKAGE, ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["json"] = as_json
    return found
