"""Formulas by name, so that scores can be kept in a file and read again."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from mmtg.stats.score import Formula, quotient

TINY, SMALL = 1e-15, 1e-9
"""What the usual tool for captions adds to numerators and denominators."""


def caption_bleu(totals: Sequence[float]) -> float:
    """Corpus BLEU as the usual tool for captions computes it, 0 to 1; NaN if there is no reference.

    Args:
        totals: matches of the orders 1 to n, n-grams of each order, lengths of hypotheses and of references.

    Returns:
        The figure.
    """
    n = len(totals) // 2 - 1
    matches, grams, (length, wanted) = totals[:n], totals[n:-2], totals[-2:]
    if not wanted:
        return math.nan
    precision = math.prod((have + TINY) / (of + SMALL) for have, of in zip(matches, grams, strict=True))
    ratio = (length + TINY) / (wanted + SMALL)
    return float(precision ** (1 / n) * math.exp(min(0.0, 1 - 1 / ratio)))


def sacrebleu(totals: Sequence[float]) -> float:
    """Corpus BLEU, 0 to 100, of sacrebleu's statistics; NaN of no lines."""
    return _of_statistics("BLEU", totals)


def chrf(totals: Sequence[float]) -> float:
    """chrF2, 0 to 100, of sacrebleu's statistics; NaN of no lines."""
    return _of_statistics("CHRF", totals)


FORMULAS: dict[str, Formula] = {
    "quotient": quotient,
    "sacrebleu": sacrebleu,
    "chrf": chrf,
    "caption_bleu": caption_bleu,
}
"""What files may name."""


def name_of(formula: Formula) -> str | None:
    """The name of a formula; None if it has none."""
    return next((name for name, known in FORMULAS.items() if known is formula), None)


def _of_statistics(library: str, totals: Sequence[float]) -> float:
    if not any(totals):
        return math.nan
    return float(_library(library)._compute_score_from_stats([int(number) for number in totals]).score)


@cache
def _library(name: str) -> Any:
    """A metric of sacrebleu; statistics of lines say all that its settings decide, but smoothing and weights."""
    import sacrebleu.metrics

    return getattr(sacrebleu.metrics, name)()
