"""Whether a model attends to what people find relevant.

Beta attention weighs topic, picture and text of each step; raters of the test experiences said how relevant the
picture and the text are to the step's lines, and which of them is more (MMTG reference, section 1.2). Letters of
shapes: N experiences, T steps, K raters.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations

import numpy as np

from mmtg.data.experience import SCORE_RANGES
from mmtg.stats.agreement import agreement, alpha_of_table, coincidence_tables, kappa_of_table, pair_tables
from mmtg.stats.correlation import correlate, kendall, spearman
from mmtg.stats.resampling import Estimate, Resampling

TOPIC, IMAGE, TEXT = range(3)
"""Places of the sources in a row of beta attention."""
Rows = Sequence[Sequence[float]]
"""[T][K] numbers of an experience; steps may have unequally many."""


def attention_against_people(
    weights: np.ndarray, scores: Mapping[str, np.ndarray], resampling: Resampling
) -> dict[str, Estimate]:
    """Rank correlation of beta attention with raters' scores, the mean over raters, over all steps.

    Args:
        weights: [N, T, 3] over topic, picture and text; NaN where a step has no attention.
        scores: ``img_rel``, ``r_rel`` and ``cmp_rel``, each [N, T, K]; NaN where there is none.
        resampling: how to draw; experiences are drawn whole.

    Returns:
        ``attention_image_spearman`` and ``_kendall`` (picture's weight with ``img_rel``), ``attention_text_...``
        (text's weight with ``r_rel``) and ``attention_difference_...`` (text's less picture's weight with
        ``cmp_rel``, which grows with the text); positive where model and people agree. What is undefined is absent.
    """
    sources = {
        "image": (weights[..., IMAGE], scores["img_rel"]),
        "text": (weights[..., TEXT], scores["r_rel"]),
        "difference": (weights[..., TEXT] - weights[..., IMAGE], scores["cmp_rel"]),
    }
    measures = {"spearman": spearman, "kendall": kendall}
    found = {
        f"attention_{source}_{name}": correlate(weight, mean_over_raters(score), measure, resampling)
        for source, (weight, score) in sources.items()
        for name, measure in measures.items()
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def rater_agreement(scores: Mapping[str, np.ndarray], resampling: Resampling) -> dict[str, Estimate]:
    """How far the raters themselves agree: no model can be expected to agree with them more.

    Args:
        scores: ``img_rel``, ``r_rel`` and ``cmp_rel``, each [N, T, K]; NaN where there is none.
        resampling: how to draw; experiences are drawn whole.

    Returns:
        For each score ``raters_NAME_kappa`` (quadratic weights; where there are more than two raters, the table of
        all pairs of them) and ``raters_NAME_alpha`` (Krippendorff's, ordinal). What is undefined is absent.
    """
    found: dict[str, Estimate | None] = {}
    for name, (lowest, highest) in SCORE_RANGES.items():
        levels, (experiences, steps, raters) = range(lowest, highest + 1), scores[name].shape
        ratings = scores[name].reshape(experiences * steps, raters)
        units = np.repeat(np.arange(experiences), steps)
        alpha = partial(alpha_of_table, levels=levels, distance="ordinal")
        tables = _tables_of_pairs(ratings, levels)
        found[f"raters_{name}_kappa"] = agreement(tables, units, kappa_of_table, resampling)
        found[f"raters_{name}_alpha"] = agreement(coincidence_tables(ratings, levels), units, alpha, resampling)
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def padded(given: Sequence[Rows]) -> np.ndarray:
    """Rows of N experiences as an array [N, T, K]; what some lack is NaN."""
    steps = max(len(rows) for rows in given)
    width = max((len(numbers) for rows in given for numbers in rows), default=0)
    table = np.full((len(given), steps, width), np.nan)
    for place, rows in zip(table, given, strict=True):
        for cells, numbers in zip(place, rows, strict=False):
            cells[: len(numbers)] = numbers
    return table


def mean_over_raters(score: np.ndarray) -> np.ndarray:
    """Scores [N, T] of [N, T, K]; NaN where no rater gave one."""
    there = ~np.isnan(score)
    raters = there.sum(axis=-1)
    return np.divide(np.nansum(score, axis=-1), raters, out=np.full(raters.shape, np.nan), where=raters > 0)


def _tables_of_pairs(ratings: np.ndarray, levels: range) -> np.ndarray:
    """[N, L, L]: the tables of all pairs of raters, added up."""
    tables = np.zeros((len(ratings), len(levels), len(levels)))
    for first, second in combinations(range(ratings.shape[1]), 2):
        tables += pair_tables(ratings[:, first], ratings[:, second], levels)
    return tables
