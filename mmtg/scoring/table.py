"""The table that ``task=score`` prints."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from mmtg.scoring.compare import Comparison
from mmtg.stats import Estimate

WIDTH = 250
"""Columns at which a row would be broken; no table is as wide."""


def print_scores(
    estimates: Mapping[str, Mapping[str, Estimate]],
    comparisons: Mapping[str, Mapping[str, Comparison]],
    *,
    confidence: float,
) -> None:
    """Prints a row per figure and system; rows of one figure stand together.

    Args:
        estimates: of each system, by the names of figures.
        comparisons: of each system but the baseline; empty without a baseline.
        confidence: of the intervals.
    """
    interval = f"{100 * confidence:g}% interval"
    heads = ["figure", *(["system"] if len(estimates) > 1 else []), "mean", "std", interval, "n"]
    if comparisons:
        heads += ["difference", interval, "p bootstrap", "p permutation", "Cohen's d", "Cliff's delta", "paper's t"]
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[heads.index("mean") :]:
        column.justify = "right"
    for figure in dict.fromkeys(name for figures in estimates.values() for name in figures):
        for system, figures in estimates.items():
            if figure in figures:
                named = [figure, system] if len(estimates) > 1 else [figure]
                compared = comparisons.get(system, {}).get(figure)
                table.add_row(*named, *_estimate(figures[figure]), *(_comparison(compared) if compared else []))
    Console(highlight=False, markup=False, width=WIDTH).print(table)
    if comparisons:
        print("p bootstrap and p permutation are corrected (Holm) for all comparisons of the table; paper's t is not")


def _estimate(estimate: Estimate) -> list[str]:
    return [f"{estimate.mean:.4f}", f"{estimate.std:.4f}", _interval(estimate.low, estimate.high), f"{estimate.n}"]


def _comparison(found: Comparison) -> list[str]:
    return [
        f"{found.difference:+.4f}",
        _interval(found.low, found.high),
        *(_p(p) for p in (found.p_bootstrap_holm, found.p_permutation_holm)),
        *("" if effect is None else f"{effect:+.2f}" for effect in (found.cohens_d, found.cliffs_delta)),
        _p(found.paper_t_p),
    ]


def _interval(low: float, high: float) -> str:
    return f"[{low:.4f}, {high:.4f}]"


def _p(p: float | None) -> str:
    return "" if p is None else f"{p:.2g}"
