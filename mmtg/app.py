"""From the command line to the job, and from mistakes to exit statuses. Imports nothing heavy before it must."""

import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmtg.errors import InputError

MISTAKE = 2
"""Exit status for a mistake in configuration or input."""

MISTAKES = (InputError, HydraException, OmegaConfBaseException)


def run(config: DictConfig) -> None:
    """Checks the configuration and does the job that ``config.task.name`` names.

    Args:
        config: the whole configuration.

    Raises:
        SystemExit: with status 2 after a mistake, which is named in one line; in a multirun the mistake itself is
            raised, so that the other jobs go on.
    """
    signal.signal(signal.SIGTERM, _end)
    os.environ.setdefault("WANDB_SILENT", "true")  # W&B greets and takes leave at length, from its import on
    try:
        check(config)
        from mmtg.tasks import job

        job(config.task.name)(config)
    except MISTAKES as error:
        if HydraConfig.get().mode == RunMode.MULTIRUN or os.environ.get("MMTG_TRACEBACK"):
            raise
        report(error)
        _drop_empty(Path(HydraConfig.get().runtime.output_dir))
        raise SystemExit(MISTAKE) from None


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
    """Whether a job needs a value: a fit needs all, ``encode`` an encoder, others what is their own."""
    groups = {"fit": None, "encode": ("task.", "encoder.")}.get(task, ("task.",))
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
