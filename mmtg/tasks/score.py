"""Figures of texts with intervals, and tests between systems."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.errors import InputError
from mmtg.files import write_json
from mmtg.logging.progress import track
from mmtg.metrics.corpus import signatures
from mmtg.metrics.registry import METRICS
from mmtg.scoring.compare import Comparison, check_comparable, compare
from mmtg.scoring.find import is_single, read_outputs
from mmtg.scoring.people import people_figures
from mmtg.scoring.scored import Scored
from mmtg.scoring.table import print_scores
from mmtg.stats import Estimate, Resampling, estimate_scores
from mmtg.units import check_unit


def score(config: DictConfig) -> None:
    """Scores ``task.hypotheses`` or ``task.input``; prints a table, and writes ``task.output`` if it is given.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in the settings or in a file, or the output is there already.
    """
    task = plain(config.task)
    resampling = Resampling(task["resamples"], task["seed"], task["confidence"])
    source, metrics = _source(task), _metrics(task["metrics"])
    _refuse_output(task)
    if task["unit"] is not None:
        check_unit(task["unit"], field="task.unit")
    references = None if task["references"] is None else Path(task["references"])
    outputs = read_outputs(source, references, samples=task["samples_per_reference"], unit=task["unit"])
    if task["baseline"] is not None:
        check_comparable(outputs, task["baseline"])
    systems = [Scored.of(output, track(metrics, f"scoring {output.name}")) for output in outputs]
    estimates = {
        system.outputs.name: {
            **estimate_scores(system.scores, resampling),
            **people_figures(system.outputs, resampling),
        }
        for system in systems
    }
    if not any(estimates.values()):
        raise InputError("no figure of these texts can be computed", file=source)
    compared = compare(systems, task["baseline"], resampling) if task["baseline"] is not None else {}
    print_scores(estimates, compared, confidence=resampling.confidence)
    for name in sorted(signatures().keys() & set(metrics)):
        print(f"{name}: {signatures()[name]}")
    if task["output"] is not None:
        report = as_json(estimates, compared)
        write_json(task["output"], report[outputs[0].name] if is_single(source) else report)


def as_json(
    estimates: Mapping[str, Mapping[str, Estimate]], compared: Mapping[str, Mapping[str, Comparison]]
) -> dict[str, dict[str, Any]]:
    """What ``task.output`` holds, for each system.

    Args:
        estimates: of each system, by the names of figures.
        compared: of each system but the baseline.

    Returns:
        By system and figure ``mean``, ``std``, ``low``, ``high`` and ``n``; where the figure was compared, also
        ``versus``, the fields of :class:`Comparison`.
    """
    report: dict[str, dict[str, Any]] = {
        system: {figure: asdict(estimate) for figure, estimate in figures.items()}
        for system, figures in estimates.items()
    }
    for system, figures in compared.items():
        for figure, comparison in figures.items():
            report[system][figure]["versus"] = asdict(comparison)
    return report


def _source(task: Mapping[str, Any]) -> Path:
    given = [task[name] for name in ("hypotheses", "input") if task[name] is not None]
    if len(given) != 1:
        what = "one of them must be given, as KEY=VALUE" + (", not both" if given else "")
        raise InputError(what, field="task.hypotheses, task.input")
    return Path(given[0])


def _metrics(names: Sequence[str] | None) -> list[str]:
    for name in names or []:
        if name not in METRICS:
            raise InputError(f"'{name}' is unknown; choose of {', '.join(METRICS)}", field="task.metrics")
    return list(dict.fromkeys(names)) if names else list(METRICS)


def _refuse_output(task: Mapping[str, Any]) -> None:
    """Before the work: a target that would be lost, or cannot be written."""
    if task["output"] is None:
        return
    if Path(task["output"]).is_dir():
        raise InputError("is a folder; name a file", file=task["output"])
    if Path(task["output"]).exists() and not task["overwrite"]:
        raise InputError("is there already; name another, or say task.overwrite=true", file=task["output"])
