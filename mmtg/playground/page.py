"""What the page shows of texts, as HTML; whatever people or systems wrote stays text."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmtg.playground.writing import Written

SOURCES = ("topic", "picture", "text")
"""What attention is over, in the order of its weights."""

_templates = Environment(
    loader=PackageLoader("mmtg.playground", "assets"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def css() -> str:
    """The style sheet of what this module makes."""
    return files("mmtg.playground").joinpath("assets", "page.css").read_text(encoding="utf-8")


def complaint(what: object) -> str:
    """A mistake, said to whoever made it; empty for an empty one."""
    return _templates.get_template("complaint.html").render(what=str(what))


@dataclass(frozen=True)
class Stanza:
    """Lines that belong together.

    Attributes:
        title: of what step; empty if that is not known.
        lines: of the text.
    """

    title: str
    lines: Sequence[str]


def stanzas(lines: Sequence[str], *, steps: int, lines_per_step: int) -> list[Stanza]:
    """A text by steps; one stanza if its number of lines is not that of all steps.

    Args:
        lines: of the text.
        steps: of the experience.
        lines_per_step: lines that belong to each.

    Returns:
        The stanzas, in order.
    """
    if len(lines) != steps * lines_per_step:
        return [Stanza("", lines)]
    return [
        Stanza(f"step {number + 1}", lines[number * lines_per_step : (number + 1) * lines_per_step])
        for number in range(steps)
    ]


def poems(topic: str, texts: Sequence[Written], *, steps: int) -> str:
    """What the systems wrote, side by side, with keywords and attention.

    Args:
        topic: of the experience.
        texts: of each system.
        steps: of the experience.

    Returns:
        HTML, without style.
    """
    cards = [_card(one, steps) for one in texts]
    return _templates.get_template("poems.html").render(topic=topic, cards=cards, sources=SOURCES)


def _card(one: Written, steps: int) -> dict[str, Any]:
    samples = [stanzas(lines, steps=steps, lines_per_step=one.lines_per_step) for lines in one.record["hypotheses"]]
    return {
        "system": one.system,
        "checkpoint": str(one.checkpoint),
        "samples": samples,
        "keywords": one.record.get("keywords", []),
        "attention": one.record.get("attention"),
    }
