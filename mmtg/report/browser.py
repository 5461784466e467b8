"""Experiences one by one: pictures, texts, reference, and what every system wrote, side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmtg.report.board import Comparison, Row
from mmtg.report.experiences import Shared, Written, gather
from mmtg.report.families import configured
from mmtg.report.page import Section, as_json, render
from mmtg.report.pictures import Gallery, Seen
from mmtg.report.runs import RunRecord
from mmtg.world import CONCEPTS

SCRIPTS = ("browser_text.js", "browser_filters.js", "browser.js")
STYLES = ("browser.css",)
NOTE = (
    "The page shows {shown} of the {all} test experiences in the samples of these runs (task.browser.experiences, "
    "task.browser.bytes), those that most runs share first. A row is a step: its picture and text, and the lines that "
    "belong to it, of the reference and of each system. Words that name a planned concept are underlined: with a solid "
    "line where it was planned for that step, with a dotted one where for another; a pointer tells which. The rating "
    "that filters experiences is the raters' mean over steps."
)


@dataclass(frozen=True)
class Numbered:
    """A run, and the number by which the page knows it."""

    run: RunRecord
    row: Row


def section(comparison: Comparison) -> Section | None:
    """The browser of experiences.

    Args:
        comparison: of runs.

    Returns:
        The section; None where no run has samples.
    """
    settings = comparison.settings["browser"]
    runs = [Numbered(run, row) for row in comparison.rows for run in row.runs]
    found, faults = gather([numbered.run for numbered in runs], settings["samples"])
    if not found:
        return None
    gallery = _gallery(comparison)
    tried = (_entry(shared, runs, gallery) for shared in found[: settings["experiences"]])
    entries = list(_fitting(tried, settings["bytes"]))
    note = NOTE.format(shown=len(entries), all=len(found))
    if faults:
        note += f" Samples of {len(faults)} runs are left out, the first since {faults[0]}."
    return Section(
        "browser",
        "Experiences",
        render("browser.html"),
        note,
        data={
            "systems": _systems(comparison, runs, entries),
            "experiences": entries,
            "nouns": _nouns(entries),
            "shown": settings["shown"],
            "baseline": comparison.standings.baseline,
        },
        scripts=SCRIPTS,
        styles=STYLES,
    )


def _gallery(comparison: Comparison) -> Gallery:
    settings, folder = comparison.settings["browser"], comparison.settings["pictures"]
    return Gallery(
        side=settings["side"],
        quality=settings["quality"],
        largest=settings["largest_picture"],
        folder=None if folder is None else Path(folder),
    )


def _fitting(entries: Iterable[dict[str, Any]], most: int) -> Iterator[dict[str, Any]]:
    """Entries that are not too large together: one that does not fit, as one with an endless text, is left out."""
    for entry in entries:
        size = len(as_json(entry).encode())
        if size <= most:
            most -= size
            yield entry


def _entry(shared: Shared, runs: Sequence[Numbered], gallery: Gallery) -> dict[str, Any]:
    """All that the page knows of an experience."""
    name, topic, reference = shared.key
    of_runs = [configured(runs[number].run.config, "data") for number in shared.written]
    steps = _count(configured(of_runs[0], "steps")) or len(shared.scores or shared.plan or ()) or 1
    of_step = _count(configured(of_runs[0], "lines_per_step")) or max(1, -(-len(reference) // steps))
    seen = _seen(shared, {repr(data): data for data in of_runs}.values(), steps, gallery)
    return {
        "id": name,
        "topic": topic,
        "reference": list(reference),
        "steps": steps,
        "lines": of_step,
        "pictures": list(seen.pictures),
        "texts": list(seen.texts),
        "note": seen.note,
        "plan": shared.plan,
        "scores": shared.scores,
        "written": {str(number): _told(written) for number, written in shared.written.items()},
    }


def _seen(shared: Shared, of_runs: Iterable[Any], steps: int, gallery: Gallery) -> Seen:
    """Pictures by the first configuration of a run that gives some; else why the first gives none."""
    tried = []
    for data in of_runs:
        tried.append(gallery.of(shared.key, data, steps))
        if not tried[-1].note:
            return tried[-1]
    return tried[0]


def _told(written: Written) -> dict[str, Any]:
    """Texts, and what else there is."""
    told: dict[str, Any] = {"texts": written.texts}
    if written.attention is not None:
        told["attention"] = written.attention
    if written.keywords:
        told["keywords"] = list(written.keywords)
    return told


def _systems(
    comparison: Comparison, runs: Sequence[Numbered], entries: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows that wrote something that is shown: label, system, and the number and seed of each run."""
    there = {number for entry in entries for number in entry["written"]}
    numbered = {id(known.run): str(number) for number, known in enumerate(runs)}
    systems = []
    for row in comparison.rows:
        of_row = [{"number": numbered[id(run)], "seed": run.seed} for run in row.runs if numbered[id(run)] in there]
        if of_row:
            systems.append({"label": row.label, "system": row.system, "runs": of_row})
    return systems


def _nouns(entries: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """Words for each planned concept; the same that concept recall looks for."""
    planned = {name for entry in entries for step in entry["plan"] or () for name in step}
    return {name: list(CONCEPTS[name].nouns) for name in sorted(planned) if name in CONCEPTS}


def _count(given: Any, most: int = 100) -> int | None:
    """A small number of a stranger's configuration; None if it is none."""
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= most else None
