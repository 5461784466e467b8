"""All figures of a set of samples, as they are logged at test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.registry import TEXT_METRICS, present, score
from mmtg.metrics.text import Item, Text

Sample = Mapping[str, Any]
"""``id``, ``topic``, ``reference`` (lines), ``hypotheses`` (lists of lines), perhaps ``plan``."""

CHANCE_SHIFTS = 10
"""How many other experiences each text is held against; ten make the chance figure steady to a third decimal."""


def sample_items(samples: Sequence[Sample]) -> list[Item]:
    """Samples as the metrics see them."""
    return [
        Item(
            tuple(Text.of_lines(lines) for lines in sample["hypotheses"]),
            (Text.of_lines(sample["reference"]),) if sample["reference"] else (),
            tuple(map(tuple, sample["plan"])) if sample.get("plan") else None,
        )
        for sample in samples
    ]


def text_figures(samples: Sequence[Sample]) -> dict[str, float]:
    """Every figure of texts by its name; one that cannot be computed, as BLEU without references, is absent."""
    items = sample_items(samples)
    return present({name: score(name, items).figure for name in TEXT_METRICS})


def concept_figures(
    samples: Sequence[Sample], nouns: Mapping[str, Sequence[str]], lines_per_step: int
) -> dict[str, float]:
    """Concept recall, beside its chance and its ceiling; nothing if no sample has a plan.

    Chance is the same figure with each text held against the plan of every other experience in turn (at most
    ``CHANCE_SHIFTS`` of them); the ceiling is that of the true lines.

    Args:
        samples: of a test.
        nouns: of each concept.
        lines_per_step: lines that belong to a step.

    Returns:
        Figures by name.
    """
    planned = [item for item in sample_items(samples) if item.plan]
    shifts = range(1, min(len(planned), CHANCE_SHIFTS + 1))
    crossed = [
        replace(item, plan=planned[(i + shift) % len(planned)].plan)
        for i, item in enumerate(planned)
        for shift in shifts
    ]
    true = [replace(item, hypotheses=item.references) for item in planned]
    sets = {"concept_recall": planned, "concept_recall_ceiling": true, "concept_recall_chance": crossed}
    return present({name: _recall(items, nouns, lines_per_step) for name, items in sets.items()})


def _recall(items: Sequence[Item], nouns: Mapping[str, Sequence[str]], lines_per_step: int) -> float:
    metric = ConceptRecall(nouns, lines_per_step)
    metric.update(items)
    return float(metric.compute())
