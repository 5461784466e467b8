"""TensorBoard: event files in the run directory."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from mmtg.logging.attention import heat_map
from mmtg.logging.board import Board
from mmtg.logging.identity import Identity
from mmtg.logging.samples import samples_table

FOLDER = "tensorboard"


class TensorBoard(Board, TensorBoardLogger):
    """Lightning's logger, with samples, attention and hyperparameters.

    Args:
        identity: of the run.
        samples: how many test samples are shown as text.
        **more: arguments of Lightning's logger.
    """

    def __init__(self, identity: Identity, *, samples: int, **more: Any) -> None:
        super().__init__(identity.directory, name=FOLDER, version="", default_hp_metric=False, **more)
        self.identity, self.most = identity, samples

    @rank_zero_only
    def show_samples(self, samples: Sequence[Mapping[str, Any]]) -> None:
        """The first samples as a Markdown table, ``test/samples``."""
        columns, rows = samples_table(samples[: self.most])
        lines = [columns, ["---"] * len(columns), *([_cell(text) for text in row] for row in rows)]
        self.experiment.add_text("test/samples", "\n".join(f"| {' | '.join(line)} |" for line in lines))

    @rank_zero_only
    def show_attention(self, rows: Sequence[tuple[int, str, float]]) -> None:
        """The picture ``test/attention``, and each weight as a figure ``test/attention/SOURCE`` over the steps."""
        self.experiment.add_image("test/attention", np.asarray(heat_map(rows)), dataformats="HWC")
        for step, source, weight in rows:
            self.experiment.add_scalar(f"test/attention/{source}", weight, step)

    @rank_zero_only
    def conclude(self, figures: Mapping[str, float], step: int) -> None:
        """Logs the figures beside the configuration, which makes them columns of the page HParams."""
        facts = {**self.identity.config, "run": {**self.identity.facts, "group": self.identity.group}}
        self.log_hyperparams(facts, dict(figures), step)

    @rank_zero_only
    def close(self, end: str) -> None:
        """Writes what is still in memory."""
        self.finalize(end)


def _cell(text: str) -> str:
    """Text as a cell of a Markdown table: nothing of it is markup, lines stand below each other."""
    escaped = html.escape(text)
    for letter in "\\`*_[]|~":
        escaped = escaped.replace(letter, f"&#{ord(letter)};")
    return escaped.replace("\n", "<br>")


def tensorboard_logger(settings: Mapping[str, Any], identity: Identity, *, done: int | None) -> TensorBoard:
    """The logger of a run; a continued run goes on in the same folder.

    Args:
        settings: ``conf/logger`` section ``tensorboard``.
        identity: of the run.
        done: optimizer steps that a run goes on from, None for a new one: TensorBoard drops what it has from then on.

    Returns:
        The logger.
    """
    there = any(Path(identity.directory, FOLDER).glob("events.*"))
    return TensorBoard(identity, samples=settings["samples"], **({"purge_step": done or 0} if there else {}))
