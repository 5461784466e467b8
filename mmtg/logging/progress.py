"""Progress bars."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar
from pytorch_lightning.utilities.rank_zero import rank_zero_only
from rich.console import Console
from rich.progress import Progress as RichProgress

T = TypeVar("T")
console = Console(stderr=True)


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
    if rank_zero_only.rank != 0:
        yield from items
        return
    with RichProgress(console=console, transient=True) as bar:
        yield from bar.track(items, total=total, description=title)


@contextmanager
def bytes_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for work that counts bytes: gives a function of (done, total)."""
    with RichProgress(console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
