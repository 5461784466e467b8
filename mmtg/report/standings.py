"""Figures of rows with spread and intervals, and whether they differ from those of a baseline."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmtg.errors import InputError
from mmtg.report.evidence import Tested, evidence
from mmtg.report.figures import FIGURES, LOWER, TEST, bound_of, figure_of
from mmtg.report.judging import Key, OverSeeds, OverTexts, estimates, over_seeds, over_texts
from mmtg.report.rows import Row
from mmtg.stats import Estimate, Resampling


@dataclass(frozen=True)
class Standing:
    """A figure of a row.

    Attributes:
        values: of each seed that has it, at least one.
        estimate: of the mean over seeds, ``low`` and ``high`` bounding its bootstrap interval over experiences; None
            where its experiences are not known.
        texts: against the baseline; None for itself, and where it cannot be tested.
        seeds: likewise.
        otherwise: whether something else measured it than the baseline's, such as another encoder.
    """

    values: tuple[float, ...]
    estimate: Estimate | None = None
    texts: OverTexts | None = None
    seeds: OverSeeds | None = None
    otherwise: bool = False

    @property
    def mean(self) -> float:
        """Over seeds."""
        return math.fsum(self.values) / len(self.values)

    @property
    def std(self) -> float | None:
        """Over seeds, n - 1 in the divisor; None for one seed."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Standings:
    """All figures of all rows.

    Attributes:
        columns: figures with intervals and tests, without ``test/``, in their order.
        others: other figures of tests, known ones first; so many as are asked for at most.
        baseline: label of the row that the others are tested against; None where there is no row.
        chosen: whether it was asked for; else it is the best by the first column.
        resampling: how tests and intervals drew.
        cells: of labels and figures.
        apart: labels of rows that were tested on other experiences than the baseline.
        notes: of labels, what their figures lack and why.
        comparisons: numbers of tests over experiences and over seeds that were corrected together.
    """

    columns: Sequence[str]
    others: Sequence[str]
    baseline: str | None
    chosen: bool
    resampling: Resampling
    cells: Mapping[Key, Standing]
    apart: frozenset[str]
    notes: Mapping[str, Sequence[str]]
    comparisons: tuple[int, int]


def standings(rows: Sequence[Row], settings: Mapping[str, Any]) -> Standings:
    """Judges rows.

    Args:
        rows: all of them.
        settings: ``task`` of the configuration: figures, baseline and how to draw.

    Returns:
        The standings.

    Raises:
        InputError: the baseline is no row, or a setting is wrong.
    """
    resampling = Resampling(settings["resamples"], settings["seed"], settings["confidence"])
    values = _values(rows)
    present = {figure for _, figure in values}
    columns = [name for name in dict.fromkeys(settings["figures"]) if name in present]
    asked = None if settings["baseline"] is None else _asked([row.label for row in rows], settings["baseline"])
    found = evidence([row for row in rows if row.tested], columns)
    notes = {label: list(why) for label, (_, why) in found.items()}
    known = {label: tested for label, (tested, _) in found.items() if tested is not None}
    baseline = asked or _best(columns, values, _most_common(known))
    bounds = estimates(known, columns, resampling)
    otherwise = _otherwise(rows, baseline, values)
    alike = {label: _without(tested, label, otherwise) for label, tested in known.items()}
    texts, more = over_texts(alike, columns, baseline, resampling, most=settings["most_resamples"])
    for label, why in more.items():
        notes[label].append(why)
    for label in notes:
        if odd := [figure_of(name) for name in columns if (label, name) in otherwise]:
            by = " and ".join(dict.fromkeys(figure.measured_by for figure in odd))
            notes[label].append(f"has another {by} than the baseline; {', '.join(f.title for f in odd)} not tested")
    apart = frozenset(
        label for label in known if baseline in known and known[label].experiences != known[baseline].experiences
    )
    near = [row for row in rows if row.label not in apart]
    seeds = over_seeds(near, columns, baseline, resampling.confidence, without=otherwise)
    cells = {
        key: Standing(tuple(of), bounds.get(key), texts.get(key), seeds.get(key), key in otherwise)
        for key, of in values.items()
    }
    others = sorted(
        (name for name in present if name not in columns and bound_of(name) is None),
        key=lambda name: (name not in FIGURES, name),
    )[: settings["others"]]
    tests = len(texts), sum(test.p_holm is not None for test in seeds.values())
    return Standings(columns, others, baseline, asked is not None, resampling, cells, apart, notes, tests)


def _otherwise(rows: Sequence[Row], baseline: str | None, keys: Iterable[Key]) -> frozenset[Key]:
    """Figures that something else measured than those of the baseline."""
    configs = {row.label: row.runs[0].config for row in rows}
    theirs = configs.get(baseline or "", {})
    measured = [(label, name, figure_of(name).measured_by) for label, name in keys]
    return frozenset(
        (label, name)
        for label, name, by in measured
        if by and baseline is not None and configs[label].get(by) != theirs.get(by)
    )


def _without(tested: Tested, label: str, left_out: frozenset[Key]) -> Tested:
    scores = {name: of for name, of in tested.scores.items() if (label, name) not in left_out}
    return replace(tested, scores=scores)


def _values(rows: Sequence[Row]) -> dict[Key, list[float]]:
    """Figures of tests, ceilings and chance among them."""
    names = {name for row in rows for run in row.runs for name in run.figures if name.startswith(TEST)}
    found = {(row.label, name.removeprefix(TEST)): row.values(name) for row in rows for name in sorted(names)}
    return {key: values for key, values in found.items() if values}


def _asked(labels: Sequence[str], asked: str) -> str:
    """The row of a label, or the only one whose label goes on after it: with differences, or with further ones."""
    goes_on = (f"{asked} (", f"{asked.removesuffix(')')},")
    fitting = [label for label in labels if label == asked] or [of for of in labels if of.startswith(goes_on)]
    if len(fitting) != 1:
        raise InputError(f"'{asked}' is {len(fitting)} rows of: {'; '.join(fitting or labels)}", field="task.baseline")
    return fitting[0]


def _most_common(known: Mapping[str, Tested]) -> set[str]:
    """Labels of the rows that were tested on what most rows were tested on."""
    counts = Counter(tested.experiences for tested in known.values())
    most = counts.most_common(1)
    return {label for label, tested in known.items() if tested.experiences == most[0][0]}


def _best(columns: Sequence[str], values: Mapping[Key, Sequence[float]], among: set[str]) -> str | None:
    """The best by the first column that any of them has; of all rows where none has any."""
    for fitting in (among, {label for label, _ in values}):
        for name in columns:
            sign = LOWER if figure_of(name).better == LOWER else 1
            means = {label: sign * float(np.mean(of)) for (label, figure), of in values.items() if figure == name}
            if here := {label: mean for label, mean in means.items() if label in fitting}:
                return max(here, key=lambda label: here[label])
    return min((label for label, _ in values), default=None)
