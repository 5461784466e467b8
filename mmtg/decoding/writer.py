"""What decoding asks of a model."""

from typing import Protocol, Self

from torch import Tensor
from transformers.cache_utils import Cache

from mmtg.decoding.settings import DecodingSettings


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


class SlotPass(Protocol):
    """N texts on their way through the slots."""

    @property
    def rows(self) -> int:
        """Number of scores, V."""

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, rows: Tensor) -> Tensor:
        """Passes M tokens of any of the texts, which may be at different places; only what is passed is heard.

        Args:
            ids: int64 [M].
            types: int64 [M] token types.
            places: int64 [M] lyric positions.
            rows: int64 [M] the text of each, ascending.

        Returns:
            float [A, V], scores of what follows the last of each of the A texts in ``rows``.
        """


class SlotWriter(Protocol):
    """A model about to write N texts in slots; it knows what each is to be about."""

    def select(self, rows: Tensor) -> Self:
        """The writer of some of the texts, an int64 tensor; rows may repeat."""

    def begin(self, room: int, settings: DecodingSettings) -> SlotPass:
        """Passes what stands in front of the lines.

        Args:
            room: most tokens of a text.
            settings: precision of the writing.

        Returns:
            The texts, with nothing written.
        """
