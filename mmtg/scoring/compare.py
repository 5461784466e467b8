"""Several systems against one of them: tests, corrected for their number, and effect sizes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmtg.errors import InputError
from mmtg.metrics.registry import ORDER_METRICS
from mmtg.scoring.outputs import Outputs
from mmtg.scoring.scored import Scored
from mmtg.stats import PairedTest, Resampling, cliffs_delta, cohens_d, holm, paired_tests, paper_t_test

Sides = tuple[np.ndarray, np.ndarray]
"""Values of both systems."""


@dataclass(frozen=True)
class Comparison:
    """One figure of a system less that of the baseline; None where a number is undefined.

    Attributes:
        baseline: its name.
        difference: of the figures.
        low: lower end of its bootstrap interval.
        high: its upper end.
        n: number of experiences for which both have a value.
        p_bootstrap: of the paired bootstrap.
        p_bootstrap_holm: corrected for all comparisons made at once: systems by figures.
        p_permutation: of the paired permutation test.
        p_permutation_holm: corrected likewise.
        cohens_d: of the differences, experience by experience.
        cliffs_delta: of the experiences' values.
        paper_t_p: of the MMTG paper's t-test, uncorrected as theirs; see :func:`mmtg.stats.paper_t_test`.
        paper_t_unit: what that test takes as independent: ``text`` or ``experience``.
    """

    baseline: str
    difference: float
    low: float
    high: float
    n: int
    p_bootstrap: float
    p_bootstrap_holm: float | None
    p_permutation: float
    p_permutation_holm: float | None
    cohens_d: float | None
    cliffs_delta: float | None
    paper_t_p: float | None
    paper_t_unit: str


def compare(systems: Sequence[Scored], baseline: str, resampling: Resampling) -> dict[str, dict[str, Comparison]]:
    """Tests every other system against the baseline, on the same experiences.

    Args:
        systems: the baseline among them.
        baseline: name of the one to test against.
        resampling: how to draw.

    Returns:
        For each other system its comparisons by the names of figures; p-values are corrected by Holm over all. Figures
        of an experience's texts together, as Distinct or corpus BLEU, are compared only where both systems wrote
        equally many.

    Raises:
        InputError: there is no such baseline, or a system has other experiences than it.
    """
    check_comparable([system.outputs for system in systems], baseline)
    by_name = {system.outputs.name: system for system in systems}
    theirs = by_name.pop(baseline)
    return _corrected({name: dict(_compare(ours, theirs, resampling)) for name, ours in by_name.items()})


def check_comparable(outputs: Sequence[Outputs], baseline: str) -> None:
    """Refuses, before anything is computed, systems that cannot be tested against the baseline.

    Args:
        outputs: of all systems.
        baseline: name of the one to test against.

    Raises:
        InputError: there is no such baseline, or a system has other experiences than it.
    """
    by_name = {output.name: output for output in outputs}
    if baseline not in by_name:
        raise InputError(f"'{baseline}' is none of {', '.join(by_name)}", field="task.baseline")
    for output in outputs:
        _order(output, by_name[baseline])


def _compare(ours: Scored, theirs: Scored, resampling: Resampling) -> Iterator[tuple[str, Comparison]]:
    """All figures of one system; our experiences are put into the baseline's order."""
    order = _order(ours.outputs, theirs.outputs)
    single = {name: (ours.single[name], theirs.single[name]) for name in ours.single if name in theirs.single}
    even = ours.counts() == theirs.counts()
    fair = {
        name: score.ordered(order)
        for name, score in ours.scores.items()
        if even or name in single or name in ORDER_METRICS
    }
    for name, test in paired_tests(fair, theirs.scores, resampling).items():
        pair = fair[name].values, theirs.scores[name].values
        yield name, _comparison(theirs.outputs.name, test, pair, single.get(name), resampling.confidence)


def _comparison(baseline: str, test: PairedTest, pair: Sides, single: Sides | None, confidence: float) -> Comparison:
    """A test with effect sizes and the paper's test, before correction."""
    there = ~np.isnan(np.stack(pair)).any(axis=0)
    first, second = pair[0][there], pair[1][there]
    paper = paper_t_test(*(side[~np.isnan(side)] for side in single or pair), confidence=confidence)
    return Comparison(
        baseline=baseline,
        **vars(test),
        p_bootstrap_holm=None,
        p_permutation_holm=None,
        cohens_d=_number(cohens_d(first - second)),
        cliffs_delta=cliffs_delta(first, second),
        paper_t_p=None if paper is None else paper.p,
        paper_t_unit="text" if single else "experience",
    )


def _order(ours: Outputs, theirs: Outputs) -> list[int]:
    """Where each experience of theirs stands among ours."""
    places = {name: place for place, name in enumerate(ours.ids)}
    if len(ours.ids) != len(theirs.ids):
        what = f"{len(ours.ids)} and {len(theirs.ids)} experiences (of {theirs.name}) cannot be paired"
        raise InputError(what, file=ours.file)
    if missing := [name for name in theirs.ids if name not in places]:
        raise InputError(f"has no experience '{missing[0]}', which {theirs.name} has", file=ours.file)
    return [places[name] for name in theirs.ids]


def _corrected(made: dict[str, dict[str, Comparison]]) -> dict[str, dict[str, Comparison]]:
    """The comparisons with p-values corrected over all of them."""
    everything = [(system, figure) for system, figures in made.items() for figure in figures]
    tests = [made[system][figure] for system, figure in everything]
    bootstrap, permutation = holm([t.p_bootstrap for t in tests]), holm([t.p_permutation for t in tests])
    for place, (system, figure) in enumerate(everything):
        made[system][figure] = replace(
            made[system][figure],
            p_bootstrap_holm=float(bootstrap[place]),
            p_permutation_holm=float(permutation[place]),
        )
    return made


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
