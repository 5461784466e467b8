"""What stands on the screen when a run is over."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

POEMS = 3


def print_summary(directory: Path, figures: Mapping[str, float], samples: Sequence[Mapping[str, Any]]) -> None:
    """Prints the test figures, three poems with their topics, and the run directory.

    Args:
        directory: of the run.
        figures: final figures; those under ``test/`` are shown, or all if there are none.
        samples: test outputs.
    """
    console = Console(highlight=False, soft_wrap=True, force_jupyter=False)
    shown = {name: value for name, value in figures.items() if name.startswith("test/")} or dict(figures)
    table = Table("figure", "value", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, value in sorted(shown.items()):
        table.add_row(name, f"{value:.4f}")
    console.print(table)
    for sample in samples[:POEMS]:
        console.print(f"\n{sample['topic']}", style="bold", markup=False)
        for line in sample["hypotheses"][0]:
            console.print(f"  {line}", markup=False)
    console.print(f"\nrun directory: {directory}", markup=False)
