"""Run directories to one page and its tables."""

from collections.abc import Callable, Iterator
from pathlib import Path

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.errors import InputError
from mmtg.files import build_folder, check_free
from mmtg.report import ablations, browser, cost, curricula, curves, leaderboard, left_out
from mmtg.report.board import Comparison, compared
from mmtg.report.page import Section, page
from mmtg.report.runs import find_runs
from mmtg.report.tables import as_csv, as_latex, as_markdown

SECTIONS: tuple[Callable[[Comparison], Section | None], ...] = (
    leaderboard.section,
    curves.section,
    ablations.section,
    curricula.section,
    cost.section,
    browser.section,
    left_out.section,
)
"""In the order of the page; None where a comparison has nothing for it."""


def compare(config: DictConfig) -> None:
    """Writes ``task.output`` of the runs in ``task.runs``: ``index.html``, and ``leaderboard`` as csv, tex and md.

    Args:
        config: the whole configuration.

    Raises:
        InputError: there is no run directory, or the output is there already.
    """
    task = plain(config.task)
    target = Path(task["output"])
    check_free(target, overwrite=task["overwrite"])
    found = find_runs(task["runs"], ignored=task["ignored"], largest_file=task["largest_file"])
    if not found.runs and not found.broken:
        raise InputError("holds no run directory: a folder with config.yaml", file=task["runs"], field="task.runs")
    comparison = compared(found, task)
    files = {
        "index.html": page(list(_sections(comparison)), title=task["title"], summary=_summary(comparison)),
        "leaderboard.csv": as_csv(comparison),
        "leaderboard.tex": as_latex(comparison),
        "leaderboard.md": as_markdown(comparison),
    }
    with build_folder(target, overwrite=task["overwrite"]) as folder:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
    print(f"{target / 'index.html'}: {_summary(comparison)}")


def _sections(comparison: Comparison) -> Iterator[Section]:
    for section in SECTIONS:
        if (made := section(comparison)) is not None:
            yield made


def _summary(comparison: Comparison) -> str:
    runs, rows, broken = len(comparison.runs), len(comparison.rows), len(comparison.broken)
    return f"{runs} runs in {rows} rows" + (f"; {broken} more directories cannot be compared" if broken else "")
