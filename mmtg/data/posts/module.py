"""Loaders of posts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmtg.curriculum import Schedule
from mmtg.data.module import TextDataModule
from mmtg.data.posts.dataset import PostDataset
from mmtg.data.posts.shards import ShardBatchSampler
from mmtg.data.splits import BEST_RATING


class PostDataModule(TextDataModule):
    """Loaders of the three splits; training goes through the shards one after another.

    Args:
        sets: the data sets ``train``, ``val`` and ``test``.
        schedule: gives the number of epochs; each shows all posts.
        **loading: further arguments of :class:`TextDataModule`.
    """

    def __init__(self, sets: Mapping[str, PostDataset], *, schedule: Schedule, **loading: Any) -> None:
        ratings = np.full(len(sets["train"]), BEST_RATING, np.int8)
        super().__init__(sets, ratings=ratings, schedule=schedule, **loading)  # type: ignore[arg-type]
        self.shards: Sequence[int] = sets["train"].posts.sizes

    def sampler(self, epoch: int, *, rank: int = 0, world_size: int = 1) -> ShardBatchSampler:
        """The batches of a training epoch."""
        return ShardBatchSampler(
            self.shards, batch_size=self.batch_size, seed=self.seed, epoch=epoch, rank=rank, world_size=world_size
        )
