"""The batches of an epoch of posts in shards, for any number of processes."""

import math
from collections.abc import Sequence

import numpy as np

from mmtg.curriculum.dealt import DealtBatches
from mmtg.errors import InputError


class ShardBatchSampler(DealtBatches):
    """Batches of an epoch, one shard after another.

    The order of the shards, and the order inside each, follow from (seed, epoch). A shard is dealt into as few batches
    as hold it, equal in size to within one, and no batch holds posts of two shards. Each batch is cut into one share
    per process, equal to within one: the shares of an epoch are an exact partition of what one process alone would see.

    Args:
        sizes: posts of each shard, which lie one behind the other.
        batch_size: posts in a batch over all processes.
        seed: of the shuffling.
        epoch: 0-based.
        rank: this process.
        world_size: number of processes.

    Raises:
        InputError: a shard, or a batch, has fewer posts than there are processes.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        batch_size: int,
        seed: int,
        epoch: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(rank=rank, world_size=world_size)
        self.sizes, self.batch_size, self.seed = list(sizes), batch_size, seed
        self._check()
        self.set_epoch(epoch)

    def _check(self) -> None:
        if self.batch_size < self.world_size:
            what = f"is {self.batch_size}; at least one for each of {self.world_size} processes is needed"
            raise InputError(what, field="data.batch_size")
        for place, size in enumerate(self.sizes):
            if 0 < size < self.world_size:
                what = f"has {size} posts to train on; at least one for each of {self.world_size} processes is needed"
                raise InputError(what, field="data.train", record=f"shard {place}")

    def set_epoch(self, epoch: int) -> None:
        """Turns to another epoch, from its first batch."""
        self.epoch, self._first = epoch, 0
        random = np.random.default_rng([self.seed, epoch])
        starts = np.cumsum([0, *self.sizes])
        self._batches = [
            batch
            for shard in random.permutation(len(self.sizes))
            for batch in self._deal(starts[shard] + random.permutation(self.sizes[shard]))
        ]

    def steps(self, epoch: int) -> int:
        """Number of batches in an epoch; the same in each."""
        return sum(map(self._count, self.sizes))

    def _count(self, size: int) -> int:
        return min(math.ceil(size / self.batch_size), size // self.world_size)

    def _deal(self, order: np.ndarray) -> list[np.ndarray]:
        return np.array_split(order, self._count(len(order))) if len(order) else []
