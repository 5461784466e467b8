"""Progress bars."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar
from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import TaskID

from mmtg.rank import is_first

T = TypeVar("T")
console = Console(stderr=True)


def quiet_lightning() -> None:
    """Keeps Lightning's remarks on hardware and its advertisements off the screen; warnings stay."""
    for name in ("utilities.rank_zero", "callbacks.model_summary", "trainer.connectors.checkpoint_connector"):
        logging.getLogger(f"pytorch_lightning.{name}").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*training batches .* is smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*your dataloader is not resumable.*")  # mmtg.data.module sees to that
    warnings.filterwarnings("ignore", message=".*srun. command is available.*")
    warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")


def hidden() -> bool:
    """Whether bars would only be in the way: in other processes than the first, and where nobody looks."""
    return not is_first() or not console.is_terminal


class Progress(RichProgressBar):
    """Lightning's bar, without its version number.

    Args:
        refresh_rate: steps between two redraws.
    """

    def __init__(self, refresh_rate: int) -> None:
        super().__init__(refresh_rate=refresh_rate)

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """The figures beside the bar."""
        shown = super().get_metrics(trainer, pl_module)
        shown.pop("v_num", None)
        return {name: value for name, value in shown.items() if name != "train/stage"}


def track(items: Iterable[T], title: str, *, total: int | None = None) -> Iterator[T]:
    """The items, with a bar on stderr while they last; no bar in other processes than the first."""
    with RichProgress(console=console, transient=True, disable=hidden()) as bar:
        yield from bar.track(items, total=total, description=title)


@contextmanager
def stages_bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr for work in stages: gives a function of (what is being done, done, total)."""
    with RichProgress(console=console, transient=True, disable=hidden()) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"{title}: {what}")
            bar.update(tasks[what], completed=done, total=total)

        yield tell


@contextmanager
def bytes_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for work that counts bytes: gives a function of (done, total)."""
    with RichProgress(console=console, transient=True, disable=hidden()) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
