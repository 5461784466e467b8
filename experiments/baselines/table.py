"""The table and the figure of the baseline study, from run directories.

python experiments/baselines/table.py runs/baselines/ID
    The folder of a `+sweep=baselines`, or several folders. The table goes to where README.md here and at the top have
    their marks, the figure to baselines.svg beside this file. Needs matplotlib: pip install -e '.[figures]'.
python experiments/baselines/table.py --into FOLDER runs/baselines/ID
    Writes table.md and baselines.svg there, and no README.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import mmtg
from mmtg.errors import InputError
from mmtg.files import write_text
from mmtg.report.board import Comparison
from mmtg.report.figures import Figure, figure_of
from mmtg.report.marks import best_of, explained, mark_of
from mmtg.report.standings import Standing
from mmtg.report.tables import markdown, number, ranked

HERE = Path(__file__).resolve().parent
READMES = (HERE / "README.md", HERE.parents[1] / "README.md")
BEGIN, END = "<!-- baselines: made by experiments/baselines/table.py -->", "<!-- /baselines -->"
BASELINE = "mmtg_full"
FIGURES = ("concept_recall", "order_accuracy", "cider_d", "bleu_2", "embedding_cosine", "relevance", "distinct_2")
PLOTTED = ("concept_recall", "order_accuracy", "cider_d", "bleu_2")


def compared(folders: Sequence[str]) -> Comparison:
    """The runs, judged against MMTG; raises InputError where one cannot be compared."""
    found = mmtg.comparison(folders, f"task.baseline={BASELINE}", f"task.figures=[{','.join(FIGURES)}]")
    for broken in found.broken:
        raise InputError(broken.reason, file=broken.directory)
    return found


def table(comparison: Comparison) -> Iterator[str]:
    """Lines of Markdown: in a cell mean and deviation over seeds, the mark, and the interval over experiences."""
    columns = [figure_of(name) for name in FIGURES]
    yield f"| system | seeds | {' | '.join(f'{column.title} {column.arrow}' for column in columns)} |"
    yield "|" + "---|" * (len(columns) + 2)
    best = {name: best_of(comparison.standings, name) for name in FIGURES}
    for row in ranked(comparison):
        shown = [_cell(column, row.label, best[column.name], comparison) for column in columns]
        yield f"| {markdown(row.label)} | {len(row.runs)} | {' | '.join(shown)} |"
    yield ""
    yield markdown(explained(comparison.standings))


def _cell(figure: Figure, label: str, best: str | None, comparison: Comparison) -> str:
    cell = comparison.standings.cells.get((label, figure.name))
    shown = number(figure.name, cell)
    if cell is None:
        return shown
    mark = markdown(str(mark_of(figure.name, cell, comparison.standings)))
    found = cell.estimate
    interval = "" if found is None else f"<br>[{figure.written(found.low)}, {figure.written(found.high)}]"
    return f"{f'**{shown}**' if label == best else shown} {mark}".rstrip() + interval


def draw(comparison: Comparison, file: Path) -> None:
    """A panel for each plotted figure: mean with its interval over experiences, and each seed."""
    plt.rcParams["svg.hashsalt"] = file.stem  # the same figure is the same file
    labels = [row.label for row in reversed(ranked(comparison))]
    picture, panels = plt.subplots(1, len(PLOTTED), sharey=True, figsize=(3.2 * len(PLOTTED), 0.4 * len(labels) + 1.2))
    for axes, name in zip(panels, PLOTTED, strict=True):
        for place, label in enumerate(labels):
            _mark(axes, place, comparison.standings.cells.get((label, name)))
        axes.set_xlabel(figure_of(name).axis)
        axes.grid(axis="x", alpha=0.3)
        axes.margins(y=0.2)
    panels[0].set_yticks(range(len(labels)), labels)
    picture.suptitle("Point: mean over seeds; bar: 95 % interval over experiences; strokes: single seeds", fontsize=9)
    picture.tight_layout()
    picture.savefig(file, metadata={"Date": None})
    plt.close(picture)


def _mark(axes: plt.Axes, place: int, cell: Standing | None) -> None:
    if cell is None:
        return
    if cell.estimate is not None:
        axes.plot([cell.estimate.low, cell.estimate.high], [place, place], color="C0", linewidth=2)
    axes.plot(cell.values, [place] * len(cell.values), "|", color="C1", markersize=9)
    axes.plot(cell.mean, place, "o", color="C0", markersize=5)


def put(lines: str, file: Path) -> None:
    """Replaces what stands between the marks of a README."""
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise InputError(f"must have '{BEGIN}' and behind it '{END}', once each", file=file)
    write_text(file, f"{text[: text.index(BEGIN)]}{BEGIN}\n{lines}\n{text[text.index(END) :]}")


def main(arguments: Sequence[str]) -> int:
    """Writes table and figure; gives the exit status."""
    into = Path(arguments[1]) if len(arguments) > 1 and arguments[0] == "--into" else None
    folders = arguments[2:] if into else arguments
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        comparison = compared(folders)
        lines = "\n".join(table(comparison))
        if into is not None:
            into.mkdir(parents=True, exist_ok=True)
            write_text(into / "table.md", lines + "\n")
        for readme in READMES if into is None else ():
            put(lines, readme)
        draw(comparison, (into or HERE) / "baselines.svg")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
