"""The lyrics decoder as a writer of texts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.decoding.settings import DecodingSettings
from mmtg.models.context import Context, Prompt
from mmtg.models.decoder import Decoder
from mmtg.models.packed_gpt2 import PackedGPT2
from mmtg.models.quick import first_rows, quick


@dataclass
class LyricsWriter:
    """A decoder with what it writes about; see :class:`mmtg.decoding.writer.SlotWriter`."""

    decoder: Decoder
    prompt: Prompt
    context: Context | None

    def select(self, rows: Tensor) -> "LyricsWriter":
        """The writer of some of the texts."""
        context = None if self.context is None else self.context.select(rows)
        return LyricsWriter(self.decoder, self.prompt.select(rows), context)

    def begin(self, room: int, settings: DecodingSettings) -> "LyricsPass":
        """Passes the prompt; ready for ``room`` tokens of each text."""
        return LyricsPass(self, room, settings)


class LyricsPass:
    """Texts on their way; see :class:`mmtg.decoding.writer.SlotPass`.

    Args:
        writer: what is written about.
        room: most tokens of a text behind its prompt.
        settings: precision of the writing.
    """

    def __init__(self, writer: LyricsWriter, room: int, settings: DecodingSettings) -> None:
        self.writer, self.decoder, prompt = writer, writer.decoder, writer.prompt
        self.rows = len(self.decoder.token_table)  # V; what GPT-2 has beyond the vocabulary is never written
        self.head = quick(first_rows(self.decoder.gpt2.lm_head, self.rows), settings)
        room += len(prompt.positions)
        self.gpt2 = PackedGPT2(self.decoder.gpt2, texts=len(prompt.vectors), room=room, settings=settings)
        rows, columns = prompt.mask.nonzero(as_tuple=True)
        if len(rows):
            self._pass(prompt.vectors[rows, columns], prompt.types[rows, columns], prompt.positions[columns], rows)

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, rows: Tensor) -> Tensor:
        """Passes tokens on; scores of what follows the last of each text."""
        writer, vectors = self.writer, self.decoder.tokens(ids)  # [M, W]
        if writer.context is not None:
            vectors = writer.context.join_packed(vectors, places, rows)
        hidden = self._pass(vectors, types, writer.prompt.offset + places, rows)  # [M, D]
        last = torch.diff(rows, append=rows.new_full((1,), -1)) != 0  # [M]
        return self.head(hidden[last]).float()

    def _pass(self, vectors: Tensor, types: Tensor, positions: Tensor, rows: Tensor) -> Tensor:
        return self.gpt2(self.decoder.embed(vectors), types, positions, rows)
