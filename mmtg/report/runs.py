"""Run directories below a folder: those that can be compared, and why the others cannot."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmtg.errors import InputError
from mmtg.report.labels import Known, labelled
from mmtg.report.reading import Logged, read_curves, read_figures, read_object, read_samples, read_yaml
from mmtg.seeded import seeded
from mmtg.typed import pairs

CONFIG, STATUS, FIGURES, CURVES, SAMPLES = "config.yaml", "status.json", "metrics.json", "metrics.csv", "samples.jsonl"
LEFTOVERS = (FIGURES, CURVES, SAMPLES, "provenance.json", "overrides.yaml", "checkpoints")
"""What shows that a folder without configuration and status was a run directory, or one in the making."""
OF_SWEEPS = ("sweep.json", "multirun.yaml")
LONGEST_NAME, LONGEST_REASON = 200, 500
"""Characters."""
LARGEST = 200_000_000
"""Bytes of a file, where nothing else is said (``task.largest_file``)."""


@dataclass(frozen=True)
class Broken:
    """A run directory that is not compared.

    Attributes:
        directory: its path.
        reason: in one line.
    """

    directory: Path
    reason: str


@dataclass(frozen=True)
class RunRecord:
    """A finished run.

    Attributes:
        directory: its path.
        experiment: ``name`` of its configuration.
        system: ``model.name`` of its configuration.
        label: what rows are grouped by; runs of one label differ in their seed alone.
        seed: that the sweep gave to the run, as its folder says; else that of the configuration.
        seeds: keys beside ``seed`` that the sweep gave it to, such as ``pretrain.seed``.
        sweep: ``SWEEP/ID`` of the multirun that it was a job of, as the group in W&B; None if it was none.
        config: the resolved configuration, plain data of a stranger.
        overrides: what was typed.
        figures: of ``metrics.json``, all finite.
        provenance: of ``provenance.json``; empty where that is missing or broken.
        ended: when, as ``status.json`` says; "" if it does not.
        largest_file: bytes that a file of it may have.
    """

    directory: Path
    experiment: str
    system: str
    label: str
    seed: int
    sweep: str | None
    config: Mapping[str, Any] = field(repr=False)
    overrides: tuple[str, ...]
    figures: Mapping[str, float] = field(repr=False)
    provenance: Mapping[str, Any] = field(repr=False)
    ended: str
    largest_file: int = LARGEST
    seeds: tuple[str, ...] = ()

    def curves(self) -> list[Logged]:
        """The lines of ``metrics.csv``, read now; raises InputError if it is missing or broken."""
        return read_curves(self.directory / CURVES, largest=self.largest_file)

    def samples(self) -> list[dict[str, Any]]:
        """The records of ``samples.jsonl``, read now; raises InputError if it is missing or broken."""
        return read_samples(self.directory / SAMPLES, largest=self.largest_file)


@dataclass(frozen=True)
class Found:
    """What a search found, in the order of paths."""

    runs: list[RunRecord]
    broken: list[Broken]


def find_runs(
    root: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    ignored: Sequence[str] = ("seed",),
    largest_file: int = LARGEST,
) -> Found:
    """Finds run directories: folders with ``config.yaml`` or ``status.json``; none is looked for inside another.

    Args:
        root: a folder to search through, or several; a run directory is found, too.
        ignored: keys of the configuration, or of its sections, in which the runs of one label may differ.
        largest_file: bytes that a file may have.

    Returns:
        The runs, labelled, and those that cannot be compared.

    Raises:
        InputError: a folder is not there.
    """
    runs: list[RunRecord] = []
    broken: list[Broken] = []
    for directory, fault in dict(_directories(root)).items():
        try:
            if fault is not None:
                raise InputError(fault)
            runs.append(_read(directory, largest_file))
        except InputError as error:
            broken.append(Broken(directory, str(error).removeprefix(f"{directory}{os.sep}")[:LONGEST_REASON]))
    labels = labelled([Known(run.label, run.config, run.overrides, run.seed, run.seeds) for run in runs], ignored)
    return Found([replace(run, label=label) for run, label in zip(runs, labels, strict=True)], broken)


def _directories(root: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Iterator[tuple[Path, str | None]]:
    """Run directories and what is wrong with those that are no whole ones."""
    for given in [root] if isinstance(root, str | os.PathLike) else root:
        folder = Path(given)
        if not folder.is_dir():
            raise InputError("is no folder" if folder.exists() else "no such folder", file=folder, field="task.runs")
        yield from ((path.resolve(), fault) for path, fault in _below(folder))


def _below(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Those in a folder; links are not followed, hidden folders are left out."""
    unreadable: list[OSError] = []
    for path, inside, files in os.walk(folder, onerror=unreadable.append):
        names = {*inside, *files}
        if names & {CONFIG, STATUS}:
            yield Path(path), None
        elif not names:
            yield Path(path), "is empty"
        elif left := sorted(names & set(LEFTOVERS)):
            yield Path(path), f"has neither {CONFIG} nor {STATUS}, only {', '.join(left)}"
        else:
            inside[:] = sorted(name for name in inside if not name.startswith("."))
            continue
        inside.clear()
    for error in unreadable:
        yield Path(error.filename), f"cannot be read ({error.strerror})"


def _read(directory: Path, largest: int) -> RunRecord:
    """A run whose label is that of its folder or experiment alone."""
    ended = _ended(directory / STATUS, largest)
    config = read_yaml(directory / CONFIG, largest=largest)
    if not isinstance(config, dict):
        raise InputError("must be a mapping", file=directory / CONFIG)
    experiment = _text_of(config, ("name",), directory)
    seed = config.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError("must be a whole number", file=directory / CONFIG, field="seed")
    named = seeded(directory.name)
    sweep = _sweep(directory.parent)
    overrides = _overrides(directory / "overrides.yaml", largest)
    seeds: tuple[str, ...] = ()
    if named and sweep:
        seed, seeds = named.seed, _swept_seeds(overrides, named.seed)
    return RunRecord(
        directory=directory,
        experiment=experiment,
        system=_text_of(config, ("model", "name"), directory),
        label=named.name if named else experiment,
        seed=seed,
        sweep=sweep,
        config=config,
        overrides=overrides,
        figures=read_figures(directory / FIGURES, largest=largest),
        provenance=_provenance(directory / "provenance.json", largest),
        ended=ended,
        largest_file=largest,
        seeds=seeds,
    )


def _swept_seeds(overrides: Sequence[str], seed: int) -> tuple[str, ...]:
    """Keys of sections by which a sweep varied the seed, where it did not vary ``seed`` itself."""
    typed = dict(pairs(overrides))
    if "seed" in typed:
        return ()
    return tuple(key for key, value in typed.items() if key.endswith(".seed") and value == str(seed))


def _ended(file: Path, largest: int) -> str:
    """When a run was completed; runs without ``status.json`` are judged by what else they have."""
    if not os.path.lexists(file):
        return ""
    status = read_object(file, largest=largest)
    state, time = status.get("state"), str(status.get("time", ""))
    if state == "completed":
        return time
    if state == "running":
        raise InputError(f"is running{f' since {time}' if time else ''}, or was killed")
    raise InputError(f"{state}{f' at {time}' if time else ''}: {status.get('error', 'it does not say why')}")


def _text_of(config: Mapping[str, Any], keys: Sequence[str], directory: Path) -> str:
    found: Any = config
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_NAME:
        raise InputError(
            f"must be a name of at most {LONGEST_NAME} characters", file=directory / CONFIG, field=".".join(keys)
        )
    return found


def _sweep(folder: Path) -> str | None:
    return f"{folder.parent.name}/{folder.name}" if any((folder / name).is_file() for name in OF_SWEEPS) else None


def _overrides(file: Path, largest: int) -> tuple[str, ...]:
    """What was typed; nothing where the file tells nothing, since no figure depends on it."""
    try:
        found = read_yaml(file, largest=largest)
    except InputError:
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _provenance(file: Path, largest: int) -> Mapping[str, Any]:
    try:
        return read_object(file, largest=largest)
    except InputError:
        return {}
