"""The jobs that ``run.py`` can do; each is a function of the configuration, imported when it is asked for."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from omegaconf import DictConfig

from mmtg.errors import InputError

TASKS = (
    "fit",
    "test",
    "generate",
    "play",
    "score",
    "compare",
    "convert",
    "encode",
    "encoder",
    "expand",
    "draw",
    "paint",
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
    with _uncollected():
        task: Callable[[DictConfig], dict[str, float] | None] = getattr(import_module(f"mmtg.tasks.{module}"), module)
    return task


@contextmanager
def _uncollected() -> Iterator[None]:
    """The first import of what is heavy, without garbage collection, which would take a sixth of its time.

    What has been imported is then left out of later collections: they take less time, and the loaders' processes
    share its memory.
    """
    if "torch" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
