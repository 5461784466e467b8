"""A system's texts with their figures.

A figure has a value per experience, and mostly one per text too; of Distinct-n and corpus figures only the texts for
one experience together have one. Letters of shapes: N experiences, K texts in all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mmtg.metrics.registry import METRICS, ORDER_METRICS, Score, score
from mmtg.scoring.outputs import Outputs


@dataclass(frozen=True)
class Scored:
    """A system's texts with their figures.

    Attributes:
        outputs: the texts.
        scores: the figures, experience by experience, by name.
    """

    outputs: Outputs
    scores: Mapping[str, Score]

    @classmethod
    def of(cls, outputs: Outputs, figures: Iterable[str]) -> "Scored":
        """Texts with the figures asked for, but those that they cannot have."""
        return cls(outputs, {name: score(name, outputs.of(name)) for name in figures if outputs.of(name)})

    @cached_property
    def single(self) -> dict[str, np.ndarray]:
        """For the figures whose value for an experience is a mean over its texts: the values [K] of the texts.

        The figures of order are not among them: their unit is the experience (metric benchmark, section 1.6).
        """
        found = {name: self._single(name) for name in self.scores if name not in ORDER_METRICS}
        return {name: values for name, values in found.items() if values is not None}

    def counts(self) -> dict[str, int]:
        """Number of texts for each experience."""
        return {name: len(item.hypotheses) for name, item in zip(self.outputs.ids, self.outputs.items, strict=False)}

    def _single(self, name: str) -> np.ndarray | None:
        if not _is_mean(self.scores[name]):
            return None
        items = self.outputs.items
        metric = METRICS[name](items)  # what it knows of the whole, as document frequencies, stays
        metric.update([replace(item, hypotheses=(text,)) for item in items for text in item.hypotheses])
        values = metric.values()
        owner = np.repeat(np.arange(len(items)), [len(item.hypotheses) for item in items])
        return values if np.allclose(_means(values, owner), self.scores[name].values, equal_nan=True) else None


def _is_mean(whole: Score) -> bool:
    """Whether a figure is the mean of its experiences' values: rows are a value and a count of one, or nothing."""
    return whole.table.shape[1] == 2 and bool(np.isin(whole.table[:, 1], (0, 1)).all())


def _means(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Means [N] of the values [K] of each owner; NaN where it has none."""
    there = np.bincount(owner, ~np.isnan(values))
    return np.divide(np.bincount(owner, np.nan_to_num(values)), there, out=np.full(len(there), np.nan), where=there > 0)
