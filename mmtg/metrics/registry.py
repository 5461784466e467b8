"""Every figure of texts by its name: per experience, of all, and of any choice of experiences.

Letters of shapes: N experiences, B choices (resamples), S numbers of a row.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmtg.errors import InputError
from mmtg.metrics.base import ItemMetric
from mmtg.metrics.bleu import SentenceBLEU, equal_weights, single_order
from mmtg.metrics.distinct import Distinct
from mmtg.metrics.text import Item, Text

Written = str | Sequence[str]
"""A text: one string as in the authors' files, or its lines."""

ORDERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Score:
    """A figure and what it is made of.

    Attributes:
        table: [N, S] float64, a row of numbers per experience.
        formula: gives the figure of the sums [S] of any rows.
    """

    table: np.ndarray
    formula: Callable[[Sequence[float]], float]

    @property
    def values(self) -> np.ndarray:
        """[N] the figure of each experience alone; NaN where it has none, as without a reference."""
        return np.array([self.formula(row) for row in self.table.tolist()], dtype=np.float64)

    @property
    def figure(self) -> float:
        """The figure of all experiences."""
        return float(self.of(np.ones((1, len(self.table))))[0])

    def of(self, counts: np.ndarray) -> np.ndarray:
        """Figures of choices of experiences, exact also where the figure is no mean.

        Args:
            counts: [B, N] how often each experience is chosen.

        Returns:
            [B] float64.
        """
        return np.array([self.formula(totals) for totals in (counts @ self.table).tolist()], dtype=np.float64)


Maker = Callable[[Sequence[Item]], ItemMetric]
"""Makes a metric for some experiences, from which it may take what it needs to know of the whole."""


def _plain(metric: Callable[..., ItemMetric], *arguments: Any, **options: Any) -> Maker:
    """A metric that needs to know nothing of the whole."""
    return lambda _: metric(*arguments, **options)


TEXT_METRICS: dict[str, Maker] = {
    **{f"bleu_{n}": _plain(SentenceBLEU, equal_weights(n)) for n in ORDERS},
    **{f"bleu_only_{n}": _plain(SentenceBLEU, single_order(n), epsilon=None) for n in ORDERS},
    **{f"distinct_{n}": _plain(Distinct, n) for n in ORDERS[:3]},
}
"""Figures of hypotheses, most of them against references: name -> how to make the metric for some experiences."""


def make_items(references: Sequence[Written | None], hypotheses: Sequence[Sequence[Written]]) -> list[Item]:
    """Experiences from plain texts.

    Args:
        references: [N] one text for each experience; None where it is not known.
        hypotheses: [N] the texts written for each.

    Returns:
        [N] items; pass the same ones to all metrics, so that n-grams are counted once.

    Raises:
        InputError: the numbers of references and of experiences differ.
    """
    if len(references) != len(hypotheses):
        raise InputError(f"{len(references)} references do not fit {len(hypotheses)} experiences")
    return [
        Item(tuple(_text(text) for text in texts), () if reference is None else (_text(reference),))
        for reference, texts in zip(references, hypotheses, strict=True)
    ]


def score(name: str, items: Sequence[Item]) -> Score:
    """One figure of some experiences.

    Args:
        name: a key of ``TEXT_METRICS``.
        items: [N] experiences.

    Returns:
        The score.

    Raises:
        InputError: there is no such metric.
    """
    if name not in TEXT_METRICS:
        raise InputError(f"there is no metric '{name}'; there are {', '.join(TEXT_METRICS)}", field="metrics")
    metric = TEXT_METRICS[name](items)
    metric.update(items)
    return Score(metric.table(), metric.formula)


def per_item(name: str, references: Sequence[Written | None], hypotheses: Sequence[Sequence[Written]]) -> np.ndarray:
    """One figure of each experience alone: [N] float64, NaN where it has none."""
    return score(name, make_items(references, hypotheses)).values


def present(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that could be computed: those that are not NaN."""
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def _text(text: Written) -> Text:
    return Text.of_string(text) if isinstance(text, str) else Text.of_lines(text)
