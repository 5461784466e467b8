"""T5 that writes poems line by line behind keywords (Image2Poem reference, sections 4a, 6 and 7).

Letters of shapes: B texts, N pairs or texts being written, E and M tokens of sources and targets, S segments, P prefix
positions, D width, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import GPT2Config, T5Config, T5ForConditionalGeneration
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from mmtg.data.prompts import Ids, Kind, Pairs, Prompts, Sequences
from mmtg.errors import InputError
from mmtg.losses import token_losses
from mmtg.models.prompt_gpt2 import fill_prefix
from mmtg.models.prompt_objective import Objective, TextLosses, masked_mean


@dataclass(frozen=True, kw_only=True)
class T5Size:
    """Dimensions of :class:`PromptT5`; both stacks have the same."""

    width: int  # D
    layers: int
    heads: int
    key_width: int  # of a head
    feedforward: int
    vocabulary: int  # V
    dropout: float


class PromptT5(nn.Module):
    """T5 from keywords and the lines so far to the next line.

    Args:
        size: dimensions.
        prompts: makes the pairs.
        objective: what is trained.
        ban_first: as published, the token that training taught to come first, [CLS], may not be drawn, so that the
            first character comes from what else that place expects; False passes it and draws the character behind it.
        scaled_head: as published, embeddings are drawn with deviation 1 and scores divided by the root of D. False
            draws them as GPT-2's and divides nothing: scores begin near 0, where those of rare tokens cost nothing, and
            a step of AdamW moves them root of D times as far, which training from nothing needs.

    Raises:
        InputError: the objective is GPT-2's.
    """

    def __init__(
        self, size: T5Size, prompts: Prompts, objective: Objective, *, ban_first: bool, scaled_head: bool
    ) -> None:
        super().__init__()
        if objective.hides or objective.key_weight:
            raise InputError("masks tokens, which is for model/lm=gpt2", field="model.objective")
        self.prompts, self.objective, self.ban_first = prompts, objective, ban_first
        vocabulary = prompts.vocabulary
        self.t5 = T5ForConditionalGeneration(
            T5Config(
                vocab_size=size.vocabulary,
                d_model=size.width,
                d_kv=size.key_width,
                d_ff=size.feedforward,
                num_layers=size.layers,
                num_heads=size.heads,
                dropout_rate=size.dropout,
                pad_token_id=vocabulary.pad,
                eos_token_id=vocabulary.sep,
            )
        )
        if not scaled_head:
            self.t5.config.scale_decoder_outputs = False
            nn.init.normal_(self.t5.get_input_embeddings().weight, std=GPT2Config().initializer_range)

    @property
    def width(self) -> int:
        """D."""
        return int(self.t5.config.d_model)

    def encode(self, sources: Sequences, prefix: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What the encoder makes of sources [N, E], and what of it may be heard.

        Args:
            sources: [N, E].
            prefix: [N, P, D] in the place of the keywords; None for keywords.

        Returns:
            [N, E, D] and a mask [N, E], or None where padding is heard too, as published.
        """
        vectors = self.t5.get_input_embeddings()(sources.ids)
        if prefix is not None:
            vectors = fill_prefix(vectors, sources.kinds, prefix)
        mask = None if self.objective.attend_padding else (sources.kinds != Kind.PAD).long()
        return self.t5.encoder(inputs_embeds=vectors, attention_mask=mask).last_hidden_state, mask

    def forward(self, pairs: Pairs, prefix: Tensor | None = None) -> Tensor:
        """Scores of each target token, the targets behind the start token being heard.

        Args:
            pairs: N of them.
            prefix: [B, S, P, D] of the mapping network; None without one.

        Returns:
            [N, M, V].
        """
        own = None if prefix is None else prefix[pairs.text, pairs.segment]  # [N, P, D]
        states, mask = self.encode(pairs.sources, own)
        start = torch.full_like(pairs.targets[:, :1], self.prompts.vocabulary.start)
        shifted = torch.cat([start, pairs.targets[:, :-1]], dim=1)  # [N, M]
        outputs = self.t5(
            encoder_outputs=BaseModelOutput(last_hidden_state=states),
            attention_mask=mask,
            decoder_input_ids=shifted,
            use_cache=False,
        )
        logits: Tensor = outputs.logits
        return logits

    def losses(self, keywords: Tensor, lines: Sequence[Sequence[Ids]], prefix: Tensor | None = None) -> TextLosses:
        """Losses of B texts, each the mean over its lines; in training over some of them, if so configured.

        Args:
            keywords: int64 [B, S, C].
            lines: [B] texts, each a list of lines of ids.
            prefix: as in ``forward``.

        Returns:
            The losses.
        """
        pairs = self.prompts.pairs(keywords, lines, self._chosen(len(lines)))
        losses = token_losses(self(pairs, prefix), pairs.targets)  # [N, M]
        vocabulary = self.prompts.vocabulary
        filled = pairs.targets != vocabulary.pad
        marks = torch.tensor([vocabulary.start, vocabulary.eos, vocabulary.sep], device=filled.device)
        characters = filled & ~torch.isin(pairs.targets, marks)
        counted = torch.ones_like(filled) if self.training and self.objective.count_padding else filled
        count = len(lines)
        return TextLosses(
            _by_text(masked_mean(losses, counted), pairs.text, count, mean=True),
            _by_text(masked_mean(losses, filled), pairs.text, count, mean=True),
            _by_text((losses * characters).sum(dim=1), pairs.text, count),
            _by_text(characters.sum(dim=1), pairs.text, count),
        )

    def _chosen(self, count: int) -> list[list[int]] | None:
        """Which lines of each text a training step learns from; None for all."""
        some = self.objective.lines_per_visit
        if not self.training or some is None or some >= self.prompts.lines:
            return None
        return torch.rand(count, self.prompts.lines).topk(some, dim=1).indices.sort(dim=1).values.tolist()

    def writer(self, keywords: Tensor, prefix: Tensor | None = None) -> "T5LineWriter":
        """Ready to write texts to keywords [N, S, C], or to a prefix [N, S, P, D]."""
        return T5LineWriter(self, keywords, prefix)


def _by_text(values: Tensor, text: Tensor, count: int, *, mean: bool = False) -> Tensor:
    """Sums, or means, [B] of pairs' values [N] over each text's pairs."""
    sums = values.new_zeros(count).index_add(0, text, values)
    return sums / torch.bincount(text, minlength=count).clamp(min=1) if mean else sums


@dataclass
class T5LineWriter:
    """Writes N texts, a pass of the encoder for each line; see :class:`mmtg.decoding.lines.LineWriter`."""

    lm: PromptT5
    keywords: Tensor  # [N, S, C]
    prefix: Tensor | None  # [N, S, P, D]
    encoded: tuple[Tensor, Tensor | None] | None = None  # of the current line's source
    cache: EncoderDecoderCache | None = None

    @property
    def rows(self) -> int:
        """Number of scores, V."""
        return int(self.lm.t5.config.vocab_size)

    def select(self, rows: Tensor) -> "T5LineWriter":
        """A writer of some of the texts that has written nothing yet."""
        prefix = None if self.prefix is None else self.prefix[rows]
        return self.lm.writer(self.keywords[rows], prefix)

    def line_end(self, line: int) -> int:
        """The token that ends a line."""
        return self.lm.prompts.vocabulary.eos

    def open(self, line: int, before: Sequence[Sequence[Ids]]) -> Tensor:
        """Encodes the keywords and the lines before, and starts a line; scores [N, V] of its first character."""
        prompts, device = self.lm.prompts, self.keywords.device
        segment = prompts.segment_of(line)
        own = prompts.unpadded(self.keywords[:, segment : segment + 1])
        rows = [prompts.source(words, text) for [words], text in zip(own, before, strict=True)]
        prefix = None if self.prefix is None else self.prefix[:, segment]
        self.encoded = self.lm.encode(prompts.stack(rows, device), prefix)
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        starts = [prompts.vocabulary.start] * (1 if self.lm.ban_first else 2)
        return self._pass(torch.tensor([starts] * len(own), device=device))

    def scores(self, ids: Tensor, live: Tensor) -> Tensor:
        """Passes a character [N] of each text; scores [N, V]. Texts whose line has ended are passed on unheeded."""
        return self._pass(ids[:, None])

    def _pass(self, ids: Tensor) -> Tensor:
        assert self.encoded is not None
        states, mask = self.encoded
        outputs = self.lm.t5(
            encoder_outputs=BaseModelOutput(last_hidden_state=states),
            attention_mask=mask,
            decoder_input_ids=ids,
            past_key_values=self.cache,
            use_cache=True,
        )
        logits: Tensor = outputs.logits[:, -1]
        return logits
