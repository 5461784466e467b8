"""The jobs that ``run.py`` can do; each is a function of the configuration, imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module

from omegaconf import DictConfig

from mmtg.errors import InputError

TASKS = ("fit", "generate", "convert", "encode", "draw", "score")


def job(name: str) -> Callable[[DictConfig], None]:
    """The function ``mmtg.tasks.NAME.NAME``.

    Args:
        name: of the job.

    Returns:
        A function of the configuration.

    Raises:
        InputError: there is no such job.
    """
    if name not in TASKS:
        raise InputError(f"'{name}' is unknown; choose one of {', '.join(TASKS)}", field="task.name")
    task: Callable[[DictConfig], None] = getattr(import_module(f"mmtg.tasks.{name}"), name)
    return task
