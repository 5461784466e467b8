"""The lyrics decoder as a writer of texts."""

from dataclasses import dataclass

from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache

from mmtg.models.context import Context, Prompt
from mmtg.models.decoder import Decoder


@dataclass
class LyricsWriter:
    """A decoder with what it writes about; see :class:`mmtg.decoding.writer.Writer`."""

    decoder: Decoder
    prompt: Prompt
    context: Context | None

    @property
    def rows(self) -> int:
        """Number of scores, V."""
        return int(self.decoder.gpt2.config.vocab_size)

    def select(self, rows: Tensor) -> "LyricsWriter":
        """The writer of some of the texts."""
        context = None if self.context is None else self.context.select(rows)
        return LyricsWriter(self.decoder, self.prompt.select(rows), context)

    def new_cache(self) -> Cache:
        """An empty cache."""
        return DynamicCache(config=self.decoder.gpt2.config)

    def open(self, cache: Cache) -> Tensor:
        """Passes the prompt; its mask [N, P]."""
        prompt = self.prompt
        if len(prompt.positions):
            positions = prompt.positions.expand(len(prompt.vectors), -1)
            self.decoder(prompt.vectors, prompt.types, prompt.mask, positions=positions, cache=cache)
        return prompt.mask

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Scores [N, V] after ids [N, n] at lyric positions [n]."""
        vectors = self.decoder.tokens(ids)  # [N, n, W]
        places = places.expand(len(ids), -1)  # [N, n]
        if self.context is not None:
            vectors = self.context.join(vectors, places)
        hidden = self.decoder(vectors, types, mask, positions=self.prompt.offset + places, cache=cache)  # [N, n, D]
        return self.decoder.logits(hidden[:, -1])
