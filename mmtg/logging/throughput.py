"""How fast training goes."""

import time
from typing import Any

import pytorch_lightning as pl
import torch


class Throughput(pl.Callback):
    """Logs ``train/samples_per_second`` over all processes, measured between two logged steps."""

    def __init__(self) -> None:
        self._started = 0.0
        self._samples = 0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Starts a new measurement, so that validation does not count."""
        self._started, self._samples = time.perf_counter(), 0

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Counts, and logs at the steps at which the trainer logs."""
        self._samples += len(batch) * trainer.world_size
        if trainer.global_step % trainer.log_every_n_steps:  # type: ignore[attr-defined]
            return
        elapsed = time.perf_counter() - self._started
        pl_module.log("train/samples_per_second", torch.tensor(self._samples / elapsed), batch_size=len(batch))
        self._started, self._samples = time.perf_counter(), 0
