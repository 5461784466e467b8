"""Random states that do not depend on the past: each training batch has its own, so that any run can go on anywhere."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from mmtg.decoding.texts import noise

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


@dataclass(frozen=True)
class Chance:
    """Uniform numbers that decide what is drawn of training items; the same on one process and on many.

    Attributes:
        seed: of the run.
        epoch: the current one.
        items: [B] places in the training set.
    """

    seed: int
    epoch: int
    items: Sequence[int]

    def numbers(self, use: str, *shape: int) -> torch.Tensor:
        """Numbers for one use, float64 [B, *shape] in [0, 1); others for another use.

        Args:
            use: what they decide.
            *shape: of the numbers of an item.

        Returns:
            The numbers.
        """
        if not self.items:
            return torch.zeros(0, *shape, dtype=torch.float64)
        return noise(shape, self.seed, [(f"{use}/{item}", self.epoch) for item in self.items])
