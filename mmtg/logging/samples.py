"""Test outputs as a table, the same in every dashboard."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

ALWAYS = ["id", "topic", "reference", "hypothesis"]
Table = tuple[list[str], list[list[str]]]


def samples_table(samples: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each text, lines below each other; where samples have them also the steps' plan and ratings.

    Args:
        samples: of a test.

    Returns:
        Names of the columns, and the rows.
    """
    more: dict[str, tuple[str, Callable[[Any], str]]] = {"plan": ("plan", _plan), "ratings": ("scores", _ratings)}
    there = {name: (key, text) for name, (key, text) in more.items() if any(sample.get(key) for sample in samples)}
    rows = [
        [
            str(sample["id"]),
            str(sample["topic"]),
            "\n".join(sample["reference"]),
            "\n".join(lines),
            *(text(sample.get(key) or []) for key, text in there.values()),
        ]
        for sample in samples
        for lines in sample["hypotheses"]
    ]
    return [*ALWAYS, *there], rows


def _plan(steps: Sequence[Sequence[str]]) -> str:
    """A line for each step with its concepts."""
    return "\n".join(", ".join(concepts) for concepts in steps)


def _ratings(steps: Sequence[Mapping[str, Sequence[Any]]]) -> str:
    """A line for each step with what each of the raters gave: ``img_rel 4 4, r_rel 3 3``."""
    return "\n".join(", ".join(f"{name} {_joined(given)}" for name, given in step.items()) for step in steps)


def _joined(given: Sequence[Any]) -> str:
    return " ".join("-" if one is None else str(one) for one in given)
