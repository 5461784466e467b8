"""Run directories to one page and its tables."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.errors import InputError
from mmtg.files import build_folder, check_free
from mmtg.report import ablations, browser, cost, curricula, curves, leaderboard, left_out
from mmtg.report.board import Comparison, compared_below
from mmtg.report.page import Section, page
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

FILES = ("index.html", "leaderboard.csv", "leaderboard.tex", "leaderboard.md")
TABLES: tuple[Callable[[Comparison], str], ...] = (as_csv, as_latex, as_markdown)


def compare(config: DictConfig) -> None:
    """Writes ``task.output`` of the runs in ``task.runs``: ``index.html``, and ``leaderboard`` as csv, tex and md.

    Args:
        config: the whole configuration.

    Raises:
        InputError: there is no run directory, or the output is there already.
    """
    task = plain(config.task)
    target = Path(task["output"])
    _refuse_output(target, overwrite=task["overwrite"])
    _refuse_runs(task["runs"])
    comparison = compared_below(task)
    if not comparison.rows and not comparison.broken:
        raise InputError(f"{task['runs']} holds no run directory: a folder with config.yaml", field="task.runs")
    whole = page(list(_sections(comparison)), title=task["title"], summary=_summary(comparison))
    texts = dict(zip(FILES, (whole, *(made(comparison) for made in TABLES)), strict=True))
    with build_folder(target, overwrite=task["overwrite"]) as folder:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
    print(f"{target / 'index.html'}: {_summary(comparison)}")


def _refuse_output(target: Path, *, overwrite: bool) -> None:
    """Before the work: a folder that would be lost, of which only a report may be replaced."""
    check_free(target, overwrite=overwrite)
    if target.is_dir() and (others := sorted(file.name for file in target.iterdir() if file.name not in FILES)):
        raise InputError(f"is no report: it holds {others[0]}; name another folder", file=target, field="task.output")


def _refuse_runs(given: Any) -> None:
    names = given if isinstance(given, list) else [given]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError("must be a folder, or a list of folders", field="task.runs")


def _sections(comparison: Comparison) -> Iterator[Section]:
    for section in SECTIONS:
        if (made := section(comparison)) is not None:
            yield made


def _summary(comparison: Comparison) -> str:
    runs, rows, broken = len(comparison.runs), len(comparison.rows), len(comparison.broken)
    left_out = f"; {broken} more {'directory' if broken == 1 else 'directories'} cannot be compared"
    return f"{runs} runs in {rows} rows" + (left_out if broken else "")
