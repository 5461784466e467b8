"""Lightning's progress bar, and those of all other work."""

import logging
import warnings
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar

from mmtg.logging.bars import bytes_bar, console, hidden, stages_bar, track

__all__ = ["Progress", "bytes_bar", "console", "hidden", "quiet_lightning", "stages_bar", "track"]


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
