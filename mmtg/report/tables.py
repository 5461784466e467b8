"""The leaderboard as files: CSV of everything, LaTeX and Markdown of its columns."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mmtg.report.board import Comparison, Row
from mmtg.report.figures import figure_of
from mmtg.report.marks import BETTER, OTHER, OTHERWISE, SEEDS, TEXTS, WORSE, best_of, explained, mark_of
from mmtg.report.standings import Standing, Standings

FIELDS = (
    *("label", "system", "experiment", "figure", "mean", "std", "seeds", "low", "high", "experiences", "baseline"),
    *("difference", "difference_low", "difference_high"),
    *("p_bootstrap", "p_bootstrap_holm", "p_permutation", "p_permutation_holm"),
    *("seeds_difference", "seeds_low", "seeds_high", "seeds_p", "seeds_p_holm", "seeds_test", "mark"),
)
FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet would take the beginning of a formula for."""
LATEX = {
    "\\": r"\textbackslash{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"$\pm$",
    "–": "--",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    BETTER: r"$\blacktriangle$",
    WORSE: r"$\blacktriangledown$",
    OTHER: r"$\neq$",
    OTHERWISE: r"$^{\ddagger}$",
    TEXTS: r"$^{*}$",
    SEEDS: r"$^{\dagger}$",
    "…": r"\ldots{}",
}
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")


def as_csv(comparison: Comparison) -> str:
    """A line per row and figure, all figures of tests; empty where there is no number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in ranked(comparison):
        for (label, name), cell in comparison.standings.cells.items():
            if label == row.label:
                line = _line(row, name, cell, comparison.standings)
                writer.writerow({key: _plain(value) for key, value in line.items()})
    return text.getvalue()


def as_latex(comparison: Comparison) -> str:
    """A booktabs table; needs the packages booktabs and amssymb, and XeLaTeX or LuaLaTeX for Chinese labels."""
    standings = comparison.standings
    heads = ["label", "seeds", *(_title(name) for name in standings.columns)]
    lines = [
        f"% {_one_line(explained(standings))}",
        r"% \usepackage{booktabs, amssymb}",
        rf"\begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}",
        r"\toprule",
        " & ".join(map(latex, heads)) + r" \\",
        r"\midrule",
        *(" & ".join(cells) + r" \\" for cells in _table(comparison, latex, lambda text: rf"\textbf{{{text}}}")),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def as_markdown(comparison: Comparison) -> str:
    """A table of GitHub's Markdown, and below it what it shows."""
    standings = comparison.standings
    heads = ["label", "seeds", *(_title(name) for name in standings.columns)]
    lines = [
        _piped(map(markdown, heads)),
        _piped(["---", *["---:"] * (len(heads) - 1)]),
        *(_piped(cells) for cells in _table(comparison, markdown, lambda text: f"**{text}**")),
    ]
    return "\n".join(lines) + f"\n\n{markdown(explained(standings))}\n"


def latex(text: str) -> str:
    """Text that LaTeX shows as it is."""
    return "".join(LATEX.get(character, character) for character in _one_line(text))


def markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return MARKDOWN.sub(r"\\\1", _one_line(text)).replace("\\<", "&lt;").replace("\\&", "&amp;")


def ranked(comparison: Comparison) -> list[Row]:
    """Rows with tests, the best by the first column first."""
    standings, rows = comparison.standings, [row for row in comparison.rows if row.tested]
    if not standings.columns:
        return rows
    first = standings.columns[0]
    sign = figure_of(first).better or 1

    def rank(row: Row) -> tuple[bool, float]:
        cell = standings.cells.get((row.label, first))
        return cell is None, 0.0 if cell is None else -sign * cell.mean

    return sorted(rows, key=rank)


def _table(comparison: Comparison, escape: Callable[[str], str], bold: Callable[[str], str]) -> Iterator[list[str]]:
    standings = comparison.standings
    best = {name: best_of(standings, name) for name in standings.columns}
    for row in ranked(comparison):
        cells = [escape(row.label), str(len(row.runs))]
        for name in standings.columns:
            cell = standings.cells.get((row.label, name))
            text = escape(number(name, cell))
            mark = "" if cell is None else escape(str(mark_of(name, cell, standings)))
            cells.append((bold(text) if best[name] == row.label else text) + (f" {mark}" if mark else ""))
        yield cells


def number(name: str, cell: Standing | None) -> str:
    """Mean and deviation with the figure's digits."""
    figure = figure_of(name)
    if cell is None:
        return figure.written(None)
    return figure.written(cell.mean) + ("" if cell.std is None else f" ± {figure.written(cell.std)}")


def _title(name: str) -> str:
    figure = figure_of(name)
    return f"{figure.title} {figure.arrow}".strip()


def _line(row: Row, name: str, cell: Standing, standings: Standings) -> dict[str, Any]:
    """What a line of the CSV holds."""
    found: dict[str, Any] = {"label": row.label, "system": row.system, "experiment": row.experiment, "figure": name}
    found |= {"mean": cell.mean, "std": cell.std, "seeds": len(cell.values), "baseline": standings.baseline}
    if cell.estimate is not None:
        found |= {"low": cell.estimate.low, "high": cell.estimate.high, "experiences": cell.estimate.n}
    if cell.texts is not None:
        test = cell.texts.test
        found |= {"difference": test.difference, "difference_low": test.low, "difference_high": test.high}
        found |= {"p_bootstrap": test.p_bootstrap, "p_bootstrap_holm": cell.texts.p_bootstrap_holm}
        found |= {"p_permutation": test.p_permutation, "p_permutation_holm": cell.texts.p_permutation_holm}
    if cell.seeds is not None:
        over = cell.seeds.test
        found |= {"seeds_difference": over.difference, "seeds_low": over.low, "seeds_high": over.high}
        found |= {"seeds_p": over.p, "seeds_p_holm": cell.seeds.p_holm, "seeds_test": over.test}
    return found | {"mark": str(mark_of(name, cell, standings))}


def _plain(value: Any) -> Any:
    """A value for a spreadsheet: no text of a stranger becomes a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _one_line(text: str) -> str:
    """Text without line ends and other controls."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
