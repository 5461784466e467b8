"""images2poem, the baseline of the MMTG paper that hears pictures alone (MMTG reference, section 6)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.cache_utils import Cache

from mmtg.data.batch import Batch
from mmtg.data.sequence_layout import SequenceLayout
from mmtg.errors import InputError
from mmtg.models.context import FUSIONS, Context, topic_prompt
from mmtg.models.decoder import Decoder, DecoderSize, make_gpt2
from mmtg.models.decoder_lm import build_decoder, decoder_size, slots
from mmtg.models.loss import Loss, likelihood_loss
from mmtg.models.scores import Scores
from mmtg.models.steps import AlphaAttention, StepEncoder
from mmtg.models.system import Parts, System
from mmtg.models.writer import LyricsWriter


class PictureSequence(nn.Module):
    """Pictures in order to one vector, which hardly knows the order: GRU, attention, mean over the steps.

    Args:
        width: W.
        hidden: H.
        heads: of the attention.
        steps: T.
    """

    def __init__(self, *, width: int, hidden: int, heads: int, steps: int) -> None:
        super().__init__()
        self.image_encoder = StepEncoder("gru", width=width, hidden=hidden)
        self.image_attention = AlphaAttention(steps=steps, hidden=hidden, heads=heads)

    def summary(self, batch: Batch) -> Tensor:
        """The mean [B, H] of the states of the pictures that are there."""
        states = self.image_encoder(batch.image_vectors)  # [B, T, H]
        contexts, _, _ = self.image_attention(states, batch.image_present)  # [B, T, H]
        present = batch.image_present[..., None].to(contexts.dtype)  # [B, T, 1]
        mean: Tensor = (contexts * present).sum(dim=1) / present.sum(dim=1).clamp(min=1)
        return mean


class Images2Poem(PictureSequence):
    """The published baseline: the mean stands beside each token's word embedding at GPT-2's input.

    It has no projector, no token types, no topic and no lyrics decoder, and hears padding.

    Args:
        size: of GPT-2.
        width: W.
        hidden: H; the word embedding takes the rest of GPT-2's width.
        heads: of the attention.
        steps: T.
        tokens: of the vocabulary.
        pretrained: folder or hub id of a GPT-2 to start from.
    """

    def __init__(
        self,
        size: DecoderSize,
        *,
        width: int,
        hidden: int,
        heads: int,
        steps: int,
        tokens: int,
        pretrained: str | None = None,
    ) -> None:
        super().__init__(width=width, hidden=hidden, heads=heads, steps=steps)
        self.embedding = nn.Embedding(tokens, size.width - hidden)
        self.gpt2 = make_gpt2(size, pretrained)

    def inputs(self, summary: Tensor, ids: Tensor) -> Tensor:
        """GPT-2's inputs [B, L, D] of a summary [B, H] and tokens [B, L]."""
        return torch.cat([summary[:, None].expand(-1, ids.shape[1], -1), self.embedding(ids)], dim=2)

    def forward(self, batch: Batch) -> Scores:
        """Scores [B, L - 1, V] for the labels but the last."""
        inputs = self.inputs(self.summary(batch), batch.targets)  # [B, L, D]
        hidden = self.gpt2.transformer(inputs_embeds=inputs).last_hidden_state  # [B, L, D]
        return Scores.of(hidden[:, :-1], self.gpt2.lm_head, batch.labels[:, :-1])

    def writer(self, batch: Batch) -> "Images2PoemWriter":
        """Ready to write; the pictures have been heard."""
        return Images2PoemWriter(self, self.summary(batch))


@dataclass
class Images2PoemWriter:
    """See :class:`mmtg.decoding.writer.Writer`."""

    model: Images2Poem
    summary: Tensor  # [B, H]

    @property
    def rows(self) -> int:
        """Number of scores, V."""
        return int(self.model.gpt2.config.vocab_size)

    def select(self, rows: Tensor) -> "Images2PoemWriter":
        """The writer of some of the texts."""
        return Images2PoemWriter(self.model, self.summary[rows])

    def new_cache(self) -> Cache:
        """An empty cache."""
        return DynamicCache(config=self.model.gpt2.config)

    def open(self, cache: Cache) -> Tensor:
        """Nothing stands in front: a mask [B, 0]."""
        return torch.zeros(len(self.summary), 0, dtype=torch.int64, device=self.summary.device)

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Scores [B, V] after ids [B, n]; all tokens are heard, and types play no part."""
        inputs = self.model.inputs(self.summary, ids)
        positions = places.expand(len(ids), -1)
        outputs = self.model.gpt2.transformer(
            inputs_embeds=inputs, position_ids=positions, past_key_values=cache, use_cache=True
        )
        logits: Tensor = self.model.gpt2.lm_head(outputs.last_hidden_state[:, -1])
        return logits


class PicturesToLyrics(PictureSequence):
    """The fair twin of images2poem: the same pictures' summary, but MMTG's lyrics decoder and topic prompt.

    Args:
        decoder: writes; its token table gives W.
        hidden: H.
        heads: of the attention.
        steps: T.
        context_gain: initial size of the summary at the tokens.
        topic_tokens: positions of the topic prompt.
        step_of_position: [L] step of a lyric position, T for none.
    """

    step_of_position: Tensor

    def __init__(
        self,
        decoder: Decoder,
        *,
        hidden: int,
        heads: int,
        steps: int,
        context_gain: float,
        topic_tokens: int,
        step_of_position: Tensor,
    ) -> None:
        width = decoder.project_in.in_features
        super().__init__(width=width, hidden=hidden, heads=heads, steps=steps)
        self.out = nn.Linear(hidden, width)
        with torch.no_grad():
            self.out.weight.mul_(context_gain)
            self.out.bias.mul_(context_gain)
        self.decoder, self.steps, self.topic_tokens = decoder, steps, topic_tokens
        self.register_buffer("step_of_position", step_of_position, persistent=False)

    def context(self, batch: Batch) -> Context:
        """The summary, the same at every line."""
        vectors = self.out(self.summary(batch))[:, None].expand(-1, self.steps, -1)  # [B, T, W]
        return Context(vectors, self.step_of_position, FUSIONS["add"])

    def forward(self, batch: Batch) -> Scores:
        """Scores [B, L - 1, V] for the labels but the last."""
        prompt = topic_prompt(batch, self.decoder.token_table, positions=self.topic_tokens)
        hidden = self.decoder.read(batch, prompt, self.context(batch))  # [B, P + L, D]
        return self.decoder.scores(hidden[:, len(prompt.positions) : -1], batch.labels[:, :-1])

    def writer(self, batch: Batch) -> LyricsWriter:
        """Ready to write; the pictures have been heard."""
        prompt = topic_prompt(batch, self.decoder.token_table, positions=self.topic_tokens)
        return LyricsWriter(self.decoder, prompt, self.context(batch))


class Images2PoemSystem(System):
    """images2poem in training; as published on the best-rated experiences alone (``curriculum=positives_5``).

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        image_width: H; None for a third of GPT-2's width, as published, in whole heads.
        lyrics_decoder: False as published, in the layout ``sequence``; True is the fair twin, in slots.
        context_gain: initial size of the summary in the fair twin.
        dropout: of GPT-2.
        pretrained: folder or hub id of a GPT-2 to start from.

    Raises:
        InputError: the layout is the other one's.
    """

    writes_in_slots = True

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        image_width: int | None,
        lyrics_decoder: bool,
        context_gain: float,
        dropout: float,
        pretrained: str | None,
    ) -> None:
        super().__init__(parts, plain)
        self.name = name
        heads, steps = size["attention_heads"], parts.layout.steps
        pictures = {
            "hidden": image_width or size["decoder_width"] // 3 // heads * heads,
            "heads": heads,
            "steps": steps,
        }
        self.model: Images2Poem | PicturesToLyrics
        if lyrics_decoder:
            layout = slots(parts.layout)
            self.model = PicturesToLyrics(
                build_decoder(parts, size, dropout=dropout, pretrained=pretrained),
                **pictures,
                context_gain=context_gain,
                topic_tokens=layout.topic_tokens,
                step_of_position=torch.from_numpy(layout.step_of_position),
            )
        else:
            _needs_sequence(parts)
            self.model = Images2Poem(
                decoder_size(parts, size, needed=parts.layout.length, dropout=dropout),
                **pictures,
                width=parts.vector_width,
                tokens=len(parts.layout.vocabulary),
                pretrained=pretrained,
            )

    @property
    def decoder(self) -> Decoder | None:
        """The lyrics decoder of the fair twin."""
        return self.model.decoder if isinstance(self.model, PicturesToLyrics) else None

    def loss(self, batch: Batch, *, positive_from: int) -> Loss:
        """Mean contrastive likelihood, which for positives is the cross-entropy; padding counts, as published."""
        return likelihood_loss(self.model(batch), batch, positive_from, self.structure)

    def writer(self, batch: Batch) -> Images2PoemWriter | LyricsWriter:
        """Ready to write texts about the batch's pictures."""
        return self.model.writer(batch)


def _needs_sequence(parts: Parts) -> None:
    if parts.layout.kind != SequenceLayout.kind:
        raise InputError(
            f"is {parts.layout.kind}, but model.lyrics_decoder=false writes without slots; choose layout=sequence",
            field="layout",
        )
