"""Random states that do not depend on the past: each training batch has its own, so that any run can go on anywhere."""

import random
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

NUMPY_SEEDS = 2**32


class BatchSeeds(pl.Callback):
    """Seeds Python, numpy and torch at each training batch, from seed, epoch, batch and process.

    A run that goes on from a checkpoint draws what it would have drawn without the interruption, whatever was drawn in
    between (validation, another number of processes), and no states need to be kept.

    Args:
        seed: of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seeds."""
        place = (self.seed, trainer.current_epoch, batch_idx, trainer.global_rank)
        own = int(np.random.SeedSequence(place).generate_state(1, np.uint64)[0])
        random.seed(own)
        np.random.seed(own % NUMPY_SEEDS)
        torch.manual_seed(own)
