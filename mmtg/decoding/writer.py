"""What decoding asks of a model."""

from typing import Protocol, Self

from torch import Tensor
from transformers.cache_utils import Cache


class Writer(Protocol):
    """A model about to write N texts; it knows what each is to be about."""

    @property
    def rows(self) -> int:
        """Number of scores, V."""

    def select(self, rows: Tensor) -> Self:
        """The writer of some of the texts, an int64 tensor; rows may repeat."""

    def new_cache(self) -> Cache:
        """An empty cache."""

    def open(self, cache: Cache) -> Tensor:
        """Passes what stands in front of the lines; gives its mask, int64 [N, P]."""

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Passes tokens; scores [N, V] for the one after the last.

        Args:
            ids: int64 [N, n].
            types: int64 [N, n] token types.
            places: int64 [n] lyric positions.
            mask: int64 [N, P + passed + n], 0 where a position may not be heard.
            cache: of what was passed before; grows in place.

        Returns:
            float [N, V].
        """
