"""The jobs that ``run.py`` can do; each is a function of the configuration, imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module

from omegaconf import DictConfig

from mmtg.errors import InputError

TASKS = (
    "fit",
    "test",
    "generate",
    "score",
    "convert",
    "encode",
    "encoder",
    "expand",
    "draw",
    "verify",
    "import",
    "export",
)
_MODULES = {"import": "import_released", "test": "test_checkpoint"}  # where the job's name would not do


def job(name: str) -> Callable[[DictConfig], dict[str, float] | None]:
    """The function of a job, which has the name of its module, and mostly that of the job.

    Args:
        name: of the job.

    Returns:
        A function of the configuration; gives the figures of jobs that have some.

    Raises:
        InputError: there is no such job.
    """
    if name not in TASKS:
        raise InputError(f"'{name}' is unknown; choose one of {', '.join(TASKS)}", field="task.name")
    module = _MODULES.get(name, name)
    task: Callable[[DictConfig], dict[str, float] | None] = getattr(import_module(f"mmtg.tasks.{module}"), module)
    return task
