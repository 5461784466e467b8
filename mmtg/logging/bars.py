"""Progress bars of what is no training; imports nothing of torch."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import TaskID

from mmtg.rank import is_first

T = TypeVar("T")
console = Console(stderr=True)


def hidden() -> bool:
    """Whether bars would only be in the way: in other processes than the first, and where nobody looks."""
    return not is_first() or not console.is_terminal


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
