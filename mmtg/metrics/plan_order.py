"""Whether planned concepts come in their order, and in which step's lines they come. Picture world only."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import torch
from torch import Tensor
from torchmetrics import Metric

from mmtg.metrics.base import ItemMetric
from mmtg.metrics.text import Item


def own_concepts(plan: Sequence[Sequence[str]]) -> dict[str, int]:
    """The step of each concept that is planned for one step only; others would stand rightly in two places."""
    steps: dict[str, set[int]] = {}
    for step, concepts in enumerate(plan):
        for concept in concepts:
            steps.setdefault(concept, set()).add(step)
    return {concept: next(iter(found)) for concept, found in steps.items() if len(found) == 1}


class OrderAccuracy(ItemMetric):
    """Share of the pairs of concepts of different steps whose first mentions come in the order of the plan.

    Counted are pairs of which a text mentions both; by chance about half are in order. High accuracy says little
    where concept recall is low.

    Args:
        nouns: of each concept.
    """

    def __init__(self, nouns: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.nouns = dict(nouns)

    def row(self, item: Item) -> Sequence[float]:
        """Pairs in order, and pairs, over all hypotheses."""
        ordered = sorted(own_concepts(item.plan or ()).items(), key=lambda pair: pair[1])
        found = [
            mentions[one] < mentions[other]
            for text in item.hypotheses
            for mentions in [self._first_mentions(text.string, [concept for concept, _ in ordered])]
            for (one, step), (other, later) in combinations(ordered, 2)
            if step < later and one in mentions and other in mentions
        ]
        return float(sum(found)), float(len(found))

    def _first_mentions(self, text: str, concepts: Sequence[str]) -> dict[str, int]:
        """Place of the first noun of each of the concepts that is mentioned."""
        places = {concept: [text.find(noun) for noun in self.nouns[concept]] for concept in concepts}
        return {concept: min(p for p in found if p >= 0) for concept, found in places.items() if max(found) >= 0}


class StepConfusion(Metric):
    """Where the concepts of each step are mentioned; T steps.

    Args:
        nouns: of each concept.
        steps: T.
        lines_per_step: lines that belong to a step.
    """

    full_state_update = False
    is_differentiable = False
    mentions: Tensor
    planned: Tensor

    def __init__(self, nouns: Mapping[str, Sequence[str]], steps: int, lines_per_step: int) -> None:
        super().__init__()
        self.nouns, self.steps, self.lines_per_step = dict(nouns), steps, lines_per_step
        self.add_state("mentions", torch.zeros(steps, steps, dtype=torch.long), dist_reduce_fx="sum")
        self.add_state("planned", torch.zeros(steps, dtype=torch.long), dist_reduce_fx="sum")

    def update(self, items: Sequence[Item]) -> None:
        """Adds experiences; those without a plan say nothing."""
        for item in items:
            for concept, step in own_concepts(item.plan or ()).items():
                for text in item.hypotheses:
                    self.planned[step] += 1
                    self.mentions[step] += torch.tensor(self._mentions(concept, text.lines), device=self.device)

    def _mentions(self, concept: str, lines: Sequence[str]) -> list[bool]:
        """Of each step whether its lines mention the concept."""
        size = self.lines_per_step
        couplets = [lines[step * size : (step + 1) * size] for step in range(self.steps)]
        return [any(noun in line for noun in self.nouns[concept] for line in couplet) for couplet in couplets]

    def compute(self) -> Tensor:
        """Shares [T, T], 0 to 1: of the concepts of the row's step, those that the column's lines mention.

        Rows do not sum to 1: a concept may be mentioned twice or not at all. NaN in the rows of steps without concepts.
        """
        return self.shares()

    def shares(self) -> Tensor:
        """The same of this process's experiences."""
        return self.mentions / self.planned[:, None].double()
