"""Several systems against one of them: tests, corrected for their number, and effect sizes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmtg.errors import InputError
from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.registry import METRICS, Score, score
from mmtg.metrics.text import Item
from mmtg.scoring.outputs import Outputs
from mmtg.stats import Resampling, cliffs_delta, cohens_d, holm, paired_tests, paper_t_test

Scores = Mapping[str, Score]


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


def compare(
    outputs: Sequence[Outputs], scores: Mapping[str, Scores], baseline: str, resampling: Resampling
) -> dict[str, dict[str, Comparison]]:
    """Tests every other system against the baseline, on the same experiences.

    Args:
        outputs: of all systems.
        scores: of all systems, figure by figure, by the names of the outputs.
        baseline: name of the one to test against.
        resampling: how to draw.

    Returns:
        For each other system its comparisons by the names of figures; p-values are corrected by Holm over all.

    Raises:
        InputError: there is no such baseline, or a system has other experiences than it.
    """
    by_name = {output.name: output for output in outputs}
    if baseline not in by_name:
        raise InputError(f"'{baseline}' is none of {', '.join(by_name)}", field="task.baseline")
    theirs = by_name.pop(baseline)
    made = {
        name: dict(_compare(ours, theirs, scores[name], scores[baseline], resampling)) for name, ours in by_name.items()
    }
    return _corrected(made)


def _compare(
    ours: Outputs, theirs: Outputs, our_scores: Scores, their_scores: Scores, resampling: Resampling
) -> Iterator[tuple[str, Comparison]]:
    """All figures of one system; our experiences are put into the baseline's order."""
    order = _order(ours, theirs)
    ordered = {name: Score(score.table[order], score.formula) for name, score in our_scores.items()}
    for name, test in paired_tests(ordered, their_scores, resampling).items():
        pairs = np.stack([ordered[name].values, their_scores[name].values])
        pairs = pairs[:, ~np.isnan(pairs).any(axis=0)]
        p, unit = _paper(name, ours.of(name), theirs.of(name), resampling.confidence)
        yield (
            name,
            Comparison(
                baseline=theirs.name,
                **vars(test),
                p_bootstrap_holm=None,
                p_permutation_holm=None,
                cohens_d=_number(cohens_d(pairs[0] - pairs[1])),
                cliffs_delta=_number(cliffs_delta(*pairs)),
                paper_t_p=p,
                paper_t_unit=unit,
            ),
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


def _paper(name: str, ours: Sequence[Item], theirs: Sequence[Item], confidence: float) -> tuple[float | None, str]:
    """The p-value of the paper's test and its unit: texts where each text has a value of its own."""
    per_text = isinstance(METRICS[name](ours), HypothesisMetric)
    values = [score(name, _texts(items) if per_text else items).values for items in (ours, theirs)]
    test = paper_t_test(*(side[~np.isnan(side)] for side in values), confidence=confidence)
    return None if test is None else test.p, "text" if per_text else "experience"


def _texts(items: Sequence[Item]) -> list[Item]:
    """Every text as an experience of its own."""
    return [replace(item, hypotheses=(text,)) for item in items for text in item.hypotheses]


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
