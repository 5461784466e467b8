"""Every figure of texts by its name: per experience, of all, and of any choice of experiences (N of them)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mmtg.errors import InputError
from mmtg.metrics.base import ItemMetric
from mmtg.metrics.named import ORDER_METRICS, TEXT_METRICS, Maker
from mmtg.metrics.text import Item, Text
from mmtg.stats.score import Score
from mmtg.units import CHARACTERS

__all__ = [
    "METRICS",
    "ORDER_METRICS",
    "TEXT_METRICS",
    "Score",
    "figures_of",
    "make_items",
    "measure",
    "per_item",
    "present",
    "score",
]

Written = str | Sequence[str]
"""A text: one string as in the authors' files, or its lines."""


METRICS = {**TEXT_METRICS, **ORDER_METRICS}
"""What :func:`score` knows by default."""


def make_items(
    references: Sequence[Written | None], hypotheses: Sequence[Sequence[Written]], *, unit: str = CHARACTERS
) -> list[Item]:
    """Experiences from plain texts.

    Args:
        references: [N] one text for each experience; None where it is not known.
        hypotheses: [N] the texts written for each.
        unit: what they are counted in, ``characters`` or ``words``.

    Returns:
        [N] items; pass the same ones to all metrics, so that n-grams are counted once.

    Raises:
        InputError: the numbers of references and of experiences differ.
    """
    if len(references) != len(hypotheses):
        raise InputError(f"{len(references)} references do not fit {len(hypotheses)} experiences")
    return [
        Item(tuple(_text(text, unit) for text in texts), () if reference is None else (_text(reference, unit),))
        for reference, texts in zip(references, hypotheses, strict=True)
    ]


def score(name: str, items: Sequence[Item], *, metrics: Mapping[str, Maker] = METRICS) -> Score:
    """One figure of some experiences.

    Args:
        name: of the metric.
        items: [N] experiences.
        metrics: those there are, by name.

    Returns:
        The score.

    Raises:
        InputError: there is no such metric.
    """
    if name not in metrics:
        raise InputError(f"there is no metric '{name}'; there are {', '.join(metrics)}", field="metrics")
    return measure(metrics[name](items), items)


def measure(metric: ItemMetric, items: Sequence[Item]) -> Score:
    """A metric's score of experiences that this process holds; it neither asks other processes nor waits for them."""
    metric.update(items)
    return Score(metric.gathered().cpu().numpy(), metric.shared_formula)


def figures_of(items: Sequence[Item], *, metrics: Mapping[str, Maker] = TEXT_METRICS) -> dict[str, float]:
    """All figures of some experiences that can be computed; the others are absent, not zero."""
    return present({name: score(name, items, metrics=metrics).figure for name in metrics})


def present(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that could be computed: those that are not NaN."""
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def per_item(name: str, references: Sequence[Written | None], hypotheses: Sequence[Sequence[Written]]) -> np.ndarray:
    """One figure of each experience alone: [N] float64, NaN where it has none."""
    return score(name, make_items(references, hypotheses)).values


def _text(text: Written, unit: str) -> Text:
    return Text.of_string(text, unit) if isinstance(text, str) else Text.of_lines(text, unit)
