"""From the command line to the job, and from mistakes to exit statuses. Imports nothing heavy before it must."""

import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmtg import invocation, sweeps
from mmtg.errors import MISTAKE, InputError

MISTAKES = (InputError, HydraException, OmegaConfBaseException)


def run(config: DictConfig) -> float | None:
    """Checks the configuration and does the job that ``config.task.name`` names.

    Args:
        config: the whole configuration.

    Returns:
        The figure that ``config.objective`` names, for a sweeper that searches; None if it names none.

    Raises:
        InputError: the objective is no figure of the job.
        SystemExit: with status 2 after a mistake, which is named in one line; in a multirun the mistake itself is
            raised, so that the other jobs go on.
    """
    signal.signal(signal.SIGTERM, _end)
    os.environ.setdefault("WANDB_SILENT", "true")  # W&B greets and takes leave at length, from its import on
    how = invocation.current()
    try:
        check(config)
        if how.sweep and config.resume == "auto" and (figures := sweeps.done_before(how.directory)):
            print(f"completed before: {how.directory}")
        else:
            from mmtg.tasks import job

            figures = job(config.task.name)(config) or {}
        return objective(figures, config.objective)
    except Exception as error:
        if how.sweep:
            sweeps.say_failed(how.directory, error)
        if how.sweep or not isinstance(error, MISTAKES) or os.environ.get("MMTG_TRACEBACK"):
            raise
        report(error)
        _drop_empty(how.directory)
        raise SystemExit(MISTAKE) from None


def objective(figures: Mapping[str, float], name: str | None) -> float | None:
    """The figure that a search follows.

    Args:
        figures: of the job.
        name: of the figure; None for none.

    Returns:
        The figure.

    Raises:
        InputError: the job has no such figure.
    """
    if name is not None and name not in figures:
        raise InputError(f"'{name}' is no figure of this job; it has {', '.join(figures) or 'none'}", field="objective")
    return None if name is None else figures[name]


def _drop_empty(directory: Path) -> None:
    """Removes the folder that Hydra made for a run that never began, and its parents below the working folder."""
    here = Path.cwd()
    for folder in (directory, *directory.parents):
        if here not in folder.parents or any(folder.iterdir()):
            return
        folder.rmdir()


def _end(number: int, frame: object) -> None:
    """Turns SIGTERM into an exit that cleans up behind itself."""
    raise SystemExit(128 + number)


def guarded(main: Callable[[], Any]) -> int:
    """Runs Hydra's main function; mistakes become one line on stderr and status 2, crashes keep their traceback."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors reach us instead of Hydra's own report
    logging.captureWarnings(True)
    try:
        main()
    except MISTAKES as error:
        if os.environ.get("MMTG_TRACEBACK"):
            raise
        report(error)
        return MISTAKE
    finally:
        sweeps.summarize()
    return 0


def check(config: DictConfig) -> None:
    """Finds what Hydra lets pass: unknown keys added with ``+``, and values that must be given and are not.

    Args:
        config: the whole configuration.

    Raises:
        InputError: naming the keys.
    """
    unknown = sorted(_unknown_keys(config, ""))
    if unknown:
        raise InputError("no such key in the configuration", field=", ".join(unknown))
    missing = sorted(key for key in OmegaConf.missing_keys(config) if _needed(key, config.task.name))
    if missing:
        raise InputError("must be given, as KEY=VALUE", field=", ".join(missing))


def _unknown_keys(node: DictConfig, prefix: str) -> Iterator[str]:
    """Keys below a typed node that its dataclass does not have."""
    kind = OmegaConf.get_type(node)
    typed = dataclasses.is_dataclass(kind)
    names = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    for key in node:
        if typed and key not in names:
            yield f"{prefix}{key!s}"
        elif not OmegaConf.is_missing(node, key) and isinstance(node._get_node(key), DictConfig) and node[key]:
            yield from _unknown_keys(node[key], f"{prefix}{key!s}.")


def _needed(key: str, task: str) -> bool:
    """Whether a job needs a value: a fit needs all, some jobs an encoder, others what is their own."""
    encodes = dict.fromkeys(("encode", "encoder", "expand"), ("task.", "encoder."))
    groups = {"fit": None, **encodes}.get(task, ("task.",))
    return groups is None or key.startswith(groups)


def report(error: BaseException) -> None:
    """Prints a mistake as one line on stderr."""
    print(f"error: {one_line(error)}", file=sys.stderr)


def one_line(error: BaseException) -> str:
    """An error's message as one line; Hydra's are followed by what caused them, which names the key."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None:
        text = " ".join(str(current).split())
        if text and not any(text in known for known in parts):
            parts.append(text)
        current = None if isinstance(error, InputError) else current.__cause__
    return "; ".join(parts) or type(error).__name__
