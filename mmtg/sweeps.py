"""A multirun as one thing: names of its jobs, going on with what is missing, and what became of each job."""

import json
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, flag_override

from mmtg import dead_jobs
from mmtg.errors import MISTAKE, InputError
from mmtg.files import write_json
from mmtg.logging.checks import refuse_loggers

log = logging.getLogger(__name__)

SLURM = "SlurmLauncher"
SWEEP, SUMMARY, STATUS, METRICS = "sweep.json", "summary.json", "status.json", "metrics.json"
GO_ON = "resume=auto"
"""Typed in a multirun, it goes on with the last sweep that was typed the same."""
UNIQUE = ("hydra.job.num", "hydra.job.id", "hydra.job.override_dirname")
"""Parts of a job folder's name that no two jobs share."""
SIGNAL_SPARE = 60
"""Seconds that a SLURM job needs at least before the warning that its time ends: to be ready for it."""

_begun: list[Path] = []  # folders of the sweeps that this process has begun


class Sweep(Callback):
    """Hydra's callback at the two ends of a multirun (``hydra.callbacks.sweep``)."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Refuses what cannot work, names the job folders, and finds the sweep to go on with.

        Args:
            config: the whole configuration, Hydra's own part included.
            **kwargs: not used.

        Raises:
            SystemExit: launcher and trainer contradict each other, or a logger cannot work; of other exceptions Hydra
                makes warnings, and goes on.
        """
        try:
            refuse_contradictions(config)
            refuse_loggers(config.logger)
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(MISTAKE) from None
        if SLURM in str(config.hydra.launcher._target_):
            dead_jobs.outlive()
        typed = [str(item) for item in config.hydra.overrides.task]
        swept = _swept(config, typed)
        plain: Any = OmegaConf.to_container(config.hydra.sweep, resolve=False)
        groups = set(config.hydra.runtime.choices)
        _override(config, "subdir", with_missing(plain["subdir"], [item.key_or_group for item in swept], groups=groups))
        folder = Path(config.hydra.sweep.dir)
        if GO_ON in typed and (before := last_like(folder.parent, _without(typed))):
            log.info("going on with %s", before)
            folder = before
            _override(config, "dir", str(folder))
        write_json(folder / SWEEP, {"overrides": _without(typed), "jobs": _count(config, swept)})
        _begun.append(folder)


def refuse_contradictions(config: DictConfig) -> None:
    """Refuses, before anything waits in a queue, jobs that SLURM would run otherwise than the trainer expects.

    Args:
        config: the whole configuration, Hydra's own part included.

    Raises:
        InputError: naming both settings.
    """
    launcher, trainer = config.hydra.launcher, config.trainer
    if SLURM not in str(launcher._target_):
        return
    for theirs, ours in (("tasks_per_node", "devices"), ("nodes", "num_nodes")):
        asked, expected = launcher[theirs], trainer[ours]
        if str(asked) != str(expected):
            raise InputError(
                f"hydra.launcher.{theirs}={asked} and trainer.{ours}={expected} must be equal: one task per device",
                field=f"hydra.launcher.{theirs}",
            )
    if launcher.timeout_min * 60 < launcher.signal_delay_s + SIGNAL_SPARE:
        raise InputError(
            f"hydra.launcher.timeout_min={launcher.timeout_min} leaves hydra.launcher.signal_delay_s="
            f"{launcher.signal_delay_s} no time: the warning would come before the job can hear it",
            field="hydra.launcher.timeout_min",
        )


def with_missing(template: str, swept: Sequence[str], *, groups: set[str]) -> str:
    """A template for job folders that tells all jobs apart.

    Args:
        template: of ``hydra.sweep.subdir``.
        swept: keys and groups that differ between jobs.
        groups: names of config groups.

    Returns:
        The template, with ``-KEY=VALUE`` behind it for each key that it does not name.
    """
    if any(part in template for part in UNIQUE):
        return template
    for key in swept:
        value = f"${{hydra.runtime.choices.{key}}}" if key in groups else f"${{{key}}}"
        if value not in template:
            template += f"-{key.replace('/', '.')}={value}"
    return template


def last_like(parent: Path, typed: Sequence[str]) -> Path | None:
    """The newest sweep that was typed like this one.

    Args:
        parent: folder of sweeps.
        typed: its overrides.

    Returns:
        Its folder; None if there is none.
    """
    alike = [file for file in parent.glob(f"*/{SWEEP}") if json.loads(file.read_text())["overrides"] == list(typed)]
    return max(alike, key=lambda file: file.stat().st_mtime).parent if alike else None


def done_before(directory: Path) -> dict[str, float] | None:
    """The figures of a job that was completed before; None if it was not.

    Args:
        directory: of the job.

    Returns:
        Its final figures.
    """
    if _state(directory).get("state") != "completed":
        return None
    figures: dict[str, float] = json.loads((directory / METRICS).read_text(encoding="utf-8"))
    return figures


def say_failed(directory: Path, error: Exception) -> None:
    """Keeps the error of a job that failed before its run began.

    Args:
        directory: of the job.
        error: what happened.
    """
    if _state(directory).get("state") != "failed":
        write_json(directory / STATUS, {"state": "failed", "error": f"{type(error).__name__}: {error}"})


def summarize() -> None:
    """Says what became of the jobs of each sweep that this process has begun, and keeps it in ``summary.json``."""
    while _begun:
        folder = _begun.pop()
        jobs = {str(file.parent.relative_to(folder)): _state(file.parent) for file in sorted(folder.rglob(STATUS))}
        write_json(folder / SUMMARY, {"jobs": jobs})
        asked = json.loads((folder / SWEEP).read_text(encoding="utf-8"))["jobs"] or len(jobs)
        bad = {name: known for name, known in jobs.items() if known.get("state") != "completed"}
        print(f"\nsweep: {len(jobs) - len(bad)} of {asked} jobs completed in {folder}")
        for name, known in bad.items():
            print(f"  {name}: {known.get('state')}: {known.get('error', 'it has not said that it ended')}")
        if asked > len(jobs):
            print(f"  {asked - len(jobs)} more never began")
        if asked > len(jobs) - len(bad):
            print(f"  the same command with {GO_ON} runs what is missing")


def _state(directory: Path) -> dict[str, Any]:
    file = directory / STATUS
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _without(typed: Sequence[str]) -> list[str]:
    """What was typed, but for the word that asks to go on."""
    return [item for item in typed if item != GO_ON]


def _swept(config: DictConfig, typed: Sequence[str]) -> list[Override]:
    """What differs between the jobs: of the sweeper's own parameters and what was typed the last word on each key."""
    params = config.hydra.sweeper.get("params") or {}
    words = [*(f"{key}={value}" for key, value in params.items()), *typed]
    last = {item.key_or_group: item for item in OverridesParser.create().parse_overrides(words)}
    return [item for item in last.values() if item.is_sweep_override()]


def _count(config: DictConfig, swept: Sequence[Override]) -> int | None:
    """Number of jobs of a sweep over all combinations; None where a sweeper searches."""
    if "BasicSweeper" not in str(config.hydra.sweeper._target_):
        return None
    return math.prod(len(list(item.sweep_iterator())) for item in swept)


def _override(config: DictConfig, key: str, value: str) -> None:
    """Sets a key of ``hydra.sweep`` for the sweep and for the jobs that it composes."""
    with flag_override(config, ["readonly", "struct"], [False, False]):
        config.hydra.sweep[key] = value
        config.hydra.overrides.hydra.append(f"hydra.sweep.{key}='{value}'")
