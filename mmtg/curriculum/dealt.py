"""Batches of an epoch that have been dealt, each process its share."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch.utils.data import Sampler


class DealtBatches(Sampler[list[int]]):
    """Batches in order; subclasses deal them in ``set_epoch``.

    Each is cut into one share per process, equal to within one: the shares of an epoch are an exact partition of what
    one process alone would see.

    Args:
        rank: this process.
        world_size: number of processes.
    """

    _batches: Sequence[Any]  # arrays of int
    _first: int

    def __init__(self, *, rank: int, world_size: int) -> None:
        self.rank, self.world_size = rank, world_size

    def steps(self, epoch: int) -> int:
        """Number of batches in an epoch."""
        raise NotImplementedError

    def set_epoch(self, epoch: int) -> None:
        """Turns to another epoch, from its first batch."""
        raise NotImplementedError

    def skip(self, batches: int) -> None:
        """Leaves out the first batches, which a run that goes on has seen; the length stays that of the epoch."""
        self._first = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._batches[self._first :]:
            yield [int(i) for i in batch[self.rank :: self.world_size]]
