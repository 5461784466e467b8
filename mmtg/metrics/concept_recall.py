"""Concept recall: whether a step's concepts appear in that step's lines."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torchmetrics import Metric


class ConceptRecall(Metric):
    """Share of (step, planned concept) pairs of which any noun appears in the step's lines.

    Known only on the picture world, where the plan behind an experience is known (design of the suite, section 4).

    Args:
        nouns: of each concept.
        lines_per_step: lines that belong to a step.
    """

    full_state_update = False
    hits: Tensor
    pairs: Tensor

    def __init__(self, nouns: Mapping[str, Sequence[str]], lines_per_step: int) -> None:
        super().__init__()
        self.nouns, self.lines_per_step = dict(nouns), lines_per_step
        self.add_state("hits", torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")
        self.add_state("pairs", torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")

    def update(self, hypotheses: Sequence[Sequence[str]], plan: Sequence[Sequence[str]]) -> None:
        """Adds texts (lists of lines) written for one experience, whose plan names each step's concepts."""
        for lines in hypotheses:
            for step, concepts in enumerate(plan):
                couplet = lines[step * self.lines_per_step : (step + 1) * self.lines_per_step]
                for concept in concepts:
                    self.hits += any(noun in line for noun in self.nouns[concept] for line in couplet)
                    self.pairs += 1

    def compute(self) -> Tensor:
        """Share, 0 to 1."""
        return self.hits / self.pairs
