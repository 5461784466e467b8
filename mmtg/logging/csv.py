"""``metrics.csv``: a row per figure, so that runs with different figures concatenate."""

import csv
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from mmtg.files import build_file

COLUMNS = ("step", "epoch", "name", "value")


class LongCSVLogger(Logger):
    """Appends rows ``step,epoch,name,value`` to a file; a continued run goes on in the same file.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def name(self) -> str:
        """Name of the logger."""
        return "csv"

    @property
    def version(self) -> str:
        """Versions are run directories."""
        return ""

    def cut(self, done: int) -> None:
        """Drops the rows from a step on: those that a run which goes on from there will log again.

        Args:
            done: number of optimizer steps whose rows stay.
        """
        if not self.path.exists():
            return
        with open(self.path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if int(row["step"]) < done]
        with build_file(self.path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator=os.linesep)
            writer.writeheader()
            writer.writerows(rows)

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Appends the figures of a step."""
        epoch = int(metrics.get("epoch", 0))
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator=os.linesep)
            if new:
                writer.writerow(COLUMNS)
            writer.writerows((step, epoch, name, value) for name, value in metrics.items() if name != "epoch")

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """The configuration stands in ``config.yaml``."""
