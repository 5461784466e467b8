"""All figures of a set of samples."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmtg.metrics.bleu import SentenceBLEU
from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.distinct import Distinct
from mmtg.metrics.text import characters

Sample = Mapping[str, Any]
"""``id``, ``topic``, ``reference`` (lines), ``hypotheses`` (lists of lines), perhaps ``plan``."""


def text_figures(samples: Sequence[Sample]) -> dict[str, float]:
    """BLEU-1..4 and Distinct-1..3 of all samples; an experience without reference counts only for Distinct."""
    bleu = {f"bleu_{n}": SentenceBLEU(n) for n in (1, 2, 3, 4)}
    distinct = {f"distinct_{n}": Distinct(n) for n in (1, 2, 3)}
    for sample in samples:
        hypotheses = [characters(lines) for lines in sample["hypotheses"]]
        for spread in distinct.values():
            spread.update(hypotheses)
        if sample["reference"]:
            for likeness in bleu.values():
                likeness.update(hypotheses, characters(sample["reference"]))
    if not any(sample["reference"] for sample in samples):
        bleu = {}
    return {name: float(metric.compute()) for name, metric in {**bleu, **distinct}.items()}


def concept_figures(
    samples: Sequence[Sample], nouns: Mapping[str, Sequence[str]], lines_per_step: int
) -> dict[str, float]:
    """Concept recall, beside its chance and its ceiling; nothing if no sample has a plan.

    Chance is the same figure with each text held against the plan of every other experience in turn (at most
    ``CHANCE_SHIFTS`` of them); the ceiling is that of the true lines.
    """
    planned = [sample for sample in samples if sample.get("plan")]
    if not planned:
        return {}
    recall, chance, ceiling = (ConceptRecall(nouns, lines_per_step) for _ in range(3))
    for i, sample in enumerate(planned):
        recall.update(sample["hypotheses"], sample["plan"])
        ceiling.update([sample["reference"]], sample["plan"])
        for shift in range(1, min(len(planned), CHANCE_SHIFTS + 1)):
            chance.update(sample["hypotheses"], planned[(i + shift) % len(planned)]["plan"])
    figures = {"concept_recall": float(recall.compute()), "concept_recall_ceiling": float(ceiling.compute())}
    return {**figures, "concept_recall_chance": float(chance.compute())} if len(planned) > 1 else figures


CHANCE_SHIFTS = 10
"""How many other experiences each text is held against; ten make the chance figure steady to a third decimal."""
