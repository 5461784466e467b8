"""How a job was started: what Hydra knows of it, or, in the further processes of a job, what the first was told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode


@dataclass(frozen=True)
class Invocation:
    """One job.

    Attributes:
        directory: its output folder, absolute.
        overrides: what was typed, or chosen by a sweeper.
        sweep: folder of the multirun that it is one of; None if it is alone.
    """

    directory: Path
    overrides: tuple[str, ...]
    sweep: Path | None = None


_told: ContextVar[Invocation | None] = ContextVar("invocation", default=None)


def current() -> Invocation:
    """The job at hand."""
    return _told.get() or _of_hydra()


@contextmanager
def told(invocation: Invocation) -> Iterator[None]:
    """While it lasts, :func:`current` gives this instead of asking Hydra."""
    token = _told.set(invocation)
    try:
        yield
    finally:
        _told.reset(token)


def _of_hydra() -> Invocation:
    hydra = HydraConfig.get()
    sweep = Path(hydra.sweep.dir).absolute() if hydra.mode == RunMode.MULTIRUN else None
    return Invocation(Path(hydra.runtime.output_dir), tuple(hydra.overrides.task), sweep)
