"""Concept recall: whether a step's concepts appear in that step's lines."""

from collections.abc import Mapping, Sequence

from mmtg.metrics.base import ItemMetric
from mmtg.metrics.text import Item


class ConceptRecall(ItemMetric):
    """Share of (step, planned concept) pairs of which any noun appears in the step's lines.

    Known only on the picture world, where the plan behind an experience is known (design of the suite, section 4).

    Args:
        nouns: of each concept.
        lines_per_step: lines that belong to a step.
    """

    def __init__(self, nouns: Mapping[str, Sequence[str]], lines_per_step: int) -> None:
        super().__init__()
        self.nouns, self.lines_per_step = dict(nouns), lines_per_step

    def row(self, item: Item) -> Sequence[float]:
        """Pairs found, and pairs planned, over all hypotheses."""
        planned = [(step, concept) for step, concepts in enumerate(item.plan or ()) for concept in concepts]
        found = [
            any(noun in line for noun in self.nouns[concept] for line in self._couplet(text.lines, step))
            for text in item.hypotheses
            for step, concept in planned
        ]
        return float(sum(found)), float(len(found))

    def _couplet(self, lines: Sequence[str], step: int) -> Sequence[str]:
        return lines[step * self.lines_per_step : (step + 1) * self.lines_per_step]
