"""The scores of a run, experience by experience: as its test kept them, or computed from its samples."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmtg.errors import InputError
from mmtg.logging.bars import track
from mmtg.report.figures import TEST
from mmtg.report.reading import check_size
from mmtg.report.rows import Row
from mmtg.report.runs import SAMPLES, RunRecord
from mmtg.stats.kept import FILE, KeptScores, read_kept
from mmtg.stats.score import Score

AGREE = 1e-3
"""Share of a figure by which what is kept may differ from ``metrics.json``; more is another test's."""


Shared = dict[Any, Any]
"""References that stand in the samples of many runs: their n-grams are counted once."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a run's experiences.

    Attributes:
        kept: its scores; None where there are none.
        faults: why there are none, or which figures do not fit.
    """

    kept: KeptScores | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tested:
    """The experiences that all runs of a row were tested on.

    Attributes:
        experiences: their fingerprint.
        ids: [N].
        texts: for each run [N] how many were written.
        scores: by figure, for each run, rows in the order of ids; figures that each run has which has it at all.
    """

    experiences: str
    ids: tuple[str, ...]
    texts: Sequence[Sequence[int]]
    scores: Mapping[str, Sequence[Score]]


def evidence(rows: Sequence[Row], figures: Sequence[str]) -> dict[str, tuple[Tested | None, list[str]]]:
    """The scores of rows.

    Args:
        rows: to read.
        figures: by their names without ``test/``; computed where a run has kept none.

    Returns:
        By label the scores, None where a row's runs have none in common, and what is missing, in words.
    """
    runs = [(row, run) for row in rows for run in row.runs]
    found: dict[str, list[Evidence]] = {row.label: [] for row in rows}
    shared: Shared = {}
    for row, run in track(runs, "reading scores"):
        found[row.label].append(_evidence(run, figures, shared))
    return {row.label: _joined(row, found[row.label]) for row in rows}


def _joined(row: Row, parts: Sequence[Evidence]) -> tuple[Tested | None, list[str]]:
    notes = [f"seed {run.seed}: {fault}" for run, part in zip(row.runs, parts, strict=True) for fault in part.faults]
    kept = [part.kept for part in parts if part.kept is not None]
    if len(kept) < len(parts):
        return None, [*notes, "without intervals over experiences"]
    if len({of.experiences for of in kept}) > 1:
        return None, [*notes, "its seeds were tested on different experiences; no intervals over them"]
    first = kept[0]
    orders = [_order(of.ids, first.ids) for of in kept]
    known = [name for name in dict.fromkeys(name for of in kept for name in of.scores) if _by_all(name, row, kept)]
    scores = {
        name: [of.scores[name].ordered(order) for of, order in zip(kept, orders, strict=True) if name in of.scores]
        for name in known
    }
    texts = [[of.texts[place] for place in order] for of, order in zip(kept, orders, strict=True)]
    return Tested(first.experiences, first.ids, texts, scores), notes


def _by_all(name: str, row: Row, kept: Sequence[KeptScores]) -> bool:
    """Whether each run that has a figure has its scores, too."""
    return all((f"{TEST}{name}" in run.figures) == (name in of.scores) for run, of in zip(row.runs, kept, strict=True))


def _order(ids: Sequence[str], wanted: Sequence[str]) -> list[int]:
    places = {name: place for place, name in enumerate(ids)}
    return [places[name] for name in wanted]


def _evidence(run: RunRecord, figures: Sequence[str], shared: Shared) -> Evidence:
    wanted = [name for name in figures if f"{TEST}{name}" in run.figures]
    try:
        kept, faults = _kept(run, wanted, shared)
    except InputError as error:
        return Evidence(None, (str(error),))
    known = {name: kept.scores[name] for name in wanted if name in kept.scores}
    odd = {name: score for name, score in known.items() if not _agrees(score.figure, run.figures[f"{TEST}{name}"])}
    unlike = [f"{name} of its texts is {score.figure:.6g}, unlike metrics.json" for name, score in odd.items()]
    scores = {name: score for name, score in known.items() if name not in odd}
    return Evidence(replace(kept, scores=scores), (*faults, *unlike))


def _kept(run: RunRecord, figures: Sequence[str], shared: Shared) -> tuple[KeptScores, tuple[str, ...]]:
    """What the test kept; where that is missing or broken the same from the texts, and what is broken."""
    file = run.directory / FILE
    if not os.path.lexists(file):  # as with runs of other versions
        return _computed(run, figures, shared), ()
    try:
        check_size(file, largest=run.largest_file)
        return read_kept(file), ()
    except InputError as error:
        return _computed(run, figures, shared), (f"{error}; intervals are those of its texts alone",)


def _computed(run: RunRecord, figures: Sequence[str], shared: Shared) -> KeptScores:
    """The same from the texts, for runs that have kept nothing: those figures that texts alone give."""
    file = run.directory / SAMPLES
    check_size(file, largest=run.largest_file)
    from mmtg.metrics.registry import METRICS  # needs torch
    from mmtg.scoring.samples import read_samples
    from mmtg.scoring.scored import Scored

    outputs = read_samples(file, name=run.label)
    keys = [tuple((text.string, text.lines) for text in item.references) for item in outputs.items]
    items = [
        replace(item, references=shared.setdefault(key, item.references))
        for key, item in zip(keys, outputs.items, strict=True)
    ]
    outputs = replace(outputs, items=items)
    scored = Scored.of(outputs, [name for name in figures if name in METRICS])
    return KeptScores.of(outputs.records, scored.scores)


def _agrees(ours: float, theirs: float) -> bool:
    return abs(ours - theirs) <= AGREE * max(abs(theirs), AGREE)
