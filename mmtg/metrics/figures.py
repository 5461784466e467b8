"""All figures of a set of samples, as they are logged at test; each process computes them of the samples it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.counting import UniqueTexts
from mmtg.metrics.named import Maker
from mmtg.metrics.plan_order import OrderAccuracy, StepConfusion
from mmtg.metrics.registry import ORDER_METRICS, TEXT_METRICS, Score, measure, present, score
from mmtg.metrics.text import Item, Text
from mmtg.units import CHARACTERS

Sample = Mapping[str, Any]
"""``id``, ``topic``, ``reference`` (lines), perhaps ``references`` (several, each lines), ``hypotheses`` (lists of
lines), perhaps ``plan``; perhaps ``ordered`` (lines of the greedy text) and ``shuffled`` (those of the greedy texts of
the experience's permutations). ``unit`` is ``words`` where texts are counted in words; left out: characters."""

CHANCE_SHIFTS = 10
"""How many other experiences each text is held against; ten make the chance figure steady to a third decimal."""


def sample_items(samples: Sequence[Sample]) -> list[Item]:
    """Samples as the metrics see them."""
    return [
        Item(
            _texts(sample["hypotheses"], sample),
            _texts(sample.get("references") or _given(sample["reference"]), sample),
            _plan(sample.get("plan")),
        )
        for sample in samples
    ]


def _given(lines: Sequence[str]) -> list[Sequence[str]]:
    """One text, or none."""
    return [lines] if lines else []


def _texts(texts: Sequence[Sequence[str]], sample: Sample) -> tuple[Text, ...]:
    unit = sample.get("unit", CHARACTERS)
    return tuple(Text.of_lines(lines, unit) for lines in texts)


def _plan(plan: Sequence[Sequence[str]] | None) -> tuple[tuple[str, ...], ...] | None:
    return tuple(tuple(concepts) for concepts in plan) if plan else None


def text_figures(samples: Sequence[Sample], metrics: Mapping[str, Maker] = TEXT_METRICS) -> dict[str, float]:
    """Every figure of texts by its name; one that cannot be computed, as BLEU without references, is absent."""
    return score_figures(text_scores(samples, metrics)) | unique_figure(samples)


def text_scores(samples: Sequence[Sample], metrics: Mapping[str, Maker] = TEXT_METRICS) -> dict[str, Score]:
    """The scores of texts by the names of figures; rows are in the order of samples."""
    items = sample_items(samples)
    scores = {name: score(name, items, metrics=metrics) for name in metrics}
    if any(sample.get("shuffled") for sample in samples):
        shuffled = [_shuffled(sample) for sample in samples]
        scores |= {name: score(name, shuffled, metrics=ORDER_METRICS) for name in ORDER_METRICS}
    return scores


def score_figures(scores: Mapping[str, Score]) -> dict[str, float]:
    """The figures of scores; those that cannot be computed are absent."""
    return present({name: score.figure for name, score in scores.items()})


def unique_figure(samples: Sequence[Sample]) -> dict[str, float]:
    """``unique_texts``, which no row of an experience adds to."""
    unique = UniqueTexts()
    unique.update(sample_items(samples))
    return present({"unique_texts": float(unique.share())})


def _shuffled(sample: Sample) -> Item:
    """The greedy texts of an experience's permutations, beside that of its true order."""
    if not sample.get("shuffled"):
        return Item(())
    return Item(_texts(sample["shuffled"], sample), _texts([sample["ordered"]], sample))


def concept_figures(
    samples: Sequence[Sample], nouns: Mapping[str, Sequence[str]], lines_per_step: int
) -> dict[str, float]:
    """The figures of :func:`concept_scores`; nothing if no sample has a plan."""
    return score_figures(concept_scores(samples, nouns, lines_per_step))


def concept_scores(
    samples: Sequence[Sample], nouns: Mapping[str, Sequence[str]], lines_per_step: int
) -> dict[str, Score]:
    """Concept recall and order accuracy, rows in the order of samples; beside them chance and ceiling.

    Chance is the same figure with each text held against the plan of every other experience in turn (at most
    ``CHANCE_SHIFTS`` of them); the ceiling is that of the true lines.

    Args:
        samples: of a test.
        nouns: of each concept.
        lines_per_step: lines that belong to a step.

    Returns:
        Scores by the names of figures. Rows without a plan are empty; chance and ceiling have other rows.
    """
    everything = sample_items(samples)
    planned = [item for item in everything if item.plan]
    sets = {
        "": everything,
        "_ceiling": [replace(item, hypotheses=item.references) for item in planned],
        "_chance": _crossed(planned),
    }
    scores = {}
    for ending, items in sets.items():
        scores[f"concept_recall{ending}"] = measure(ConceptRecall(nouns, lines_per_step), items)
        scores[f"order_accuracy{ending}"] = measure(OrderAccuracy(nouns), items)
    return scores


def step_confusion(
    samples: Sequence[Sample], nouns: Mapping[str, Sequence[str]], lines_per_step: int
) -> list[list[float]]:
    """Share of the concepts of each step (row) that the lines of each step (column) mention; [] without plans."""
    planned = [item for item in sample_items(samples) if item.plan]
    if not planned:
        return []
    metric = StepConfusion(nouns, max(len(item.plan or ()) for item in planned), lines_per_step)
    metric.update(planned)
    return metric.shares().tolist()


def _crossed(items: Sequence[Item]) -> list[Item]:
    """Each item's texts with the plans of others."""
    shifts = range(1, min(len(items), CHANCE_SHIFTS + 1))
    return [
        replace(item, plan=items[(i + shift) % len(items)].plan) for i, item in enumerate(items) for shift in shifts
    ]
