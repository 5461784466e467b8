"""GPT-2 that writes poems behind keywords (Image2Poem reference, sections 4b, 6 and 7).

Letters of shapes: B texts, L tokens, S segments, P prefix positions, D width, V vocabulary, N texts being written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.cache_utils import Cache

from mmtg.data.prompts import Ids, Kind, Prompts, Sequences
from mmtg.errors import InputError
from mmtg.losses import token_losses
from mmtg.models.decoder import DecoderSize, make_gpt2
from mmtg.models.prompt_objective import WRITTEN, Objective, TextLosses, masked_mean


class PromptGPT2(nn.Module):
    """GPT-2 over sequences of prompts and lines.

    As published the first two rows of the word embedding serve as token types, of the prompt and of the lines, and
    only in training; ``types_when_writing`` hears them in writing too.

    Args:
        size: dimensions; its vocabulary is V.
        prompts: makes the sequences.
        objective: what is trained.
        token_types: whether tokens have types.
        types_when_writing: whether they have them in writing too.
        pretrained: folder or hub id of a GPT-2 to start from.

    Raises:
        InputError: the objective is T5's.
    """

    def __init__(
        self,
        size: DecoderSize,
        prompts: Prompts,
        objective: Objective,
        *,
        token_types: bool,
        types_when_writing: bool,
        pretrained: str | None = None,
    ) -> None:
        super().__init__()
        for name in ("doubled_end", "attend_padding", "lines_per_visit"):
            if getattr(objective, name):
                raise InputError("is for model/lm=t5; GPT-2 reads no pairs", field=f"model.objective.{name}")
        self.prompts, self.objective = prompts, objective
        self.token_types, self.types_when_writing = token_types, token_types and types_when_writing
        self.gpt2 = make_gpt2(size, pretrained)

    @property
    def width(self) -> int:
        """D."""
        return int(self.gpt2.config.n_embd)

    def embed(self, sequences: Sequences, prefix: Tensor | None) -> Tensor:
        """GPT-2's inputs [B, L, D]; prefix [B, S, P, D] fills the places kept for it."""
        vectors: Tensor = self.gpt2.transformer.wte(sequences.ids)
        return vectors if prefix is None else fill_prefix(vectors, sequences.kinds, prefix.flatten(1, 2))

    def check_room(self, length: int) -> None:
        """Refuses sequences longer than GPT-2's positions."""
        positions = self.gpt2.config.n_positions
        if length > positions:
            raise InputError(
                f"is {positions}, but a text takes {length} with its keywords", field="model.size.decoder_positions"
            )

    def types(self, kinds: Tensor) -> Tensor:
        """Token types [B, L]: 1 at all that is written, 0 at the prompt and at padding."""
        return torch.isin(kinds, torch.tensor([int(kind) for kind in WRITTEN], device=kinds.device)).long()

    def forward(self, sequences: Sequences, prefix: Tensor | None = None) -> Tensor:
        """Scores of each next token.

        Padding stands at the right, where no token hears it.

        Args:
            sequences: [B, L].
            prefix: [B, S, P, D] of the mapping network; None without one.

        Returns:
            [B, L, V].

        Raises:
            InputError: a text is longer than GPT-2's positions.
        """
        self.check_room(sequences.ids.shape[1])
        vectors = self.embed(sequences, prefix)
        types = self.types(sequences.kinds) if self.token_types else None
        hidden = self.gpt2.transformer(inputs_embeds=vectors, token_type_ids=types).last_hidden_state  # [B, L, D]
        logits: Tensor = self.gpt2.lm_head(hidden)
        return logits

    def losses(self, keywords: Tensor, lines: Sequence[Sequence[Ids]], prefix: Tensor | None = None) -> TextLosses:
        """Losses of B texts; in evaluation nothing is masked, and what is trained is the plain mean.

        Args:
            keywords: int64 [B, S, C].
            lines: [B] texts, each a list of lines of ids.
            prefix: as in ``forward``.

        Returns:
            The losses.
        """
        objective, sequences = self.objective, self.prompts.texts(keywords, lines)
        hidden = torch.zeros_like(sequences.ids, dtype=torch.bool)
        if self.training and objective.hides:
            hidden = objective.hidden(sequences)
        seen = sequences.ids.masked_fill(hidden, self.prompts.vocabulary.mask)
        logits = self(Sequences(seen, sequences.kinds), prefix)
        losses, kinds = token_losses(logits[:, :-1], sequences.ids[:, 1:]), sequences.kinds[:, 1:]  # [B, L - 1]
        characters = kinds == Kind.CHARACTER
        written = masked_mean(losses, self.types(kinds) > 0)
        trained = written
        if self.training:
            trained = masked_mean(losses, objective.counted(kinds))
            if objective.key_weight:
                key = objective.key_loss(logits, sequences, hidden)
                trained = (1 - objective.key_weight) * trained + objective.key_weight * key
        return TextLosses(trained, written, (losses * characters).sum(dim=1), characters.sum(dim=1))

    def writer(self, keywords: Tensor, prefix: Tensor | None = None) -> "GPT2LineWriter":
        """Ready to write texts to keywords [N, S, C], or to a prefix [N, S, P, D]."""
        return GPT2LineWriter(self, keywords, prefix, DynamicCache(config=self.gpt2.config))


def fill_prefix(vectors: Tensor, kinds: Tensor, prefix: Tensor) -> Tensor:
    """Vectors [B, L, D] with prefix vectors [B, S * P, D] in the places of kind PREFIX, in order."""
    places = kinds == Kind.PREFIX  # [B, L]
    number = (places.cumsum(dim=1) - 1).clamp(min=0)  # [B, L], of each place
    number = number.clamp(max=prefix.shape[1] - 1)
    own = prefix.gather(1, number[..., None].expand(-1, -1, prefix.shape[2]))  # [B, L, D]
    return torch.where(places[..., None], own.to(vectors.dtype), vectors)


@dataclass
class GPT2LineWriter:
    """Writes N texts line by line with a key/value cache; see :class:`mmtg.decoding.lines.LineWriter`."""

    lm: PromptGPT2
    keywords: Tensor  # [N, S, C]
    prefix: Tensor | None  # [N, S, P, D]
    cache: Cache
    mask: Tensor = field(default_factory=lambda: torch.zeros(0, 0))  # [N, passed]

    @property
    def rows(self) -> int:
        """Number of scores, V."""
        return int(self.lm.gpt2.config.vocab_size)

    def select(self, rows: Tensor) -> "GPT2LineWriter":
        """A writer of some of the texts that has written nothing yet."""
        prefix = None if self.prefix is None else self.prefix[rows]
        return self.lm.writer(self.keywords[rows], prefix)

    def line_end(self, line: int) -> int:
        """The token that ends a line."""
        return self.lm.prompts.line_end(line)[0]

    def open(self, line: int, before: Sequence[Sequence[Ids]]) -> Tensor:
        """Passes the end of the line before and, where a segment begins, its prompt; scores [N, V] of what follows."""
        prompts, count = self.lm.prompts, len(self.keywords)
        if line == 0:
            self.mask = torch.zeros(count, 0, dtype=torch.int64, device=self.keywords.device)
        ended = [prompts.line_end(line - 1)] if line else []
        segment, first = prompts.segment_of(line), line % prompts.lines_per_segment == 0
        own = prompts.unpadded(self.keywords[:, segment : segment + 1]) if first else [[[]]] * count
        rows = [[*ended, *(prompts.prompt(words) if first else [])] for [words] in own]
        prefix = self.prefix[:, segment] if first and self.prefix is not None else None
        return self._pass(prompts.stack(rows, self.keywords.device), prefix)

    def scores(self, ids: Tensor, live: Tensor) -> Tensor:
        """Passes a character [N] of each text that is not yet at its line's end, bool [N]; scores [N, V]."""
        kinds = torch.where(live, int(Kind.CHARACTER), int(Kind.PAD))
        return self._pass(Sequences(ids[:, None], kinds[:, None]), None)

    def _pass(self, sequences: Sequences, prefix: Tensor | None) -> Tensor:
        """Passes tokens [N, n]; padding is not heard, and takes no position. Scores [N, V] behind each row's last."""
        heard = (sequences.kinds != Kind.PAD).long()  # [N, n]
        self.mask = torch.cat([self.mask, heard], dim=1)
        positions = (self.mask.cumsum(dim=1) - 1).clamp(min=0)[:, -heard.shape[1] :]
        self.lm.check_room(int(positions.max()) + 1)
        vectors = self.lm.gpt2.transformer.wte(sequences.ids)
        if prefix is not None:
            vectors = fill_prefix(vectors, sequences.kinds, prefix)
        types = self.lm.types(sequences.kinds) if self.lm.types_when_writing else None
        hidden = self.lm.gpt2.transformer(
            inputs_embeds=vectors,
            token_type_ids=types,
            attention_mask=self.mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
        ).last_hidden_state  # [N, n, D]
        last = (heard.sum(dim=1) - 1).clamp(min=0)  # [N]
        logits: Tensor = self.lm.gpt2.lm_head(hidden[torch.arange(len(last), device=last.device), last])
        return logits
