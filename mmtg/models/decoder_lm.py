"""Phase 1: the decoder alone as a language model of topic and lines (MMTG reference, section 4)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.batch import PoemBatch, TextBatch
from mmtg.data.layout import Layout, SlotsLayout
from mmtg.errors import InputError
from mmtg.losses import sequence_mean
from mmtg.models.context import FUSIONS, Context, topic_prompt
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.loss import Loss, written_loss
from mmtg.models.scores import Scores
from mmtg.models.system import Parts, System
from mmtg.models.writer import LyricsWriter


def build_decoder(
    parts: Parts, size: dict[str, Any], *, dropout: float, pretrained: str | None, in_front: int = 0
) -> Decoder:
    """The decoder of the sizes in ``conf/model/size``.

    Args:
        parts: give the vocabulary, its vectors and the layout, which must fit into the decoder's positions.
        size: dimensions.
        dropout: of GPT-2.
        pretrained: folder or hub id of a GPT-2 to start from.
        in_front: positions between topic and lines, as of experience vectors in a prompt.

    Returns:
        The decoder.

    Raises:
        InputError: the layout does not fit.
    """
    needed = parts.layout.topic_tokens + parts.layout.length + in_front
    dimensions = decoder_size(parts, size, needed=needed, dropout=dropout)
    return Decoder(parts.token_table, dimensions, pretrained=pretrained)


def decoder_size(parts: Parts, size: dict[str, Any], *, needed: int, dropout: float) -> DecoderSize:
    """GPT-2's dimensions of the sizes in ``conf/model/size``.

    Args:
        parts: give the vocabulary and the layout.
        size: dimensions.
        needed: positions of a text with all that stands in front.
        dropout: of GPT-2.

    Returns:
        The dimensions.

    Raises:
        InputError: the layout does not fit.
    """
    if needed > size["decoder_positions"]:
        raise InputError(
            f"is {size['decoder_positions']}, but data.layout needs {needed} positions "
            f"({parts.layout.lines} lines of {parts.layout.line_tokens} tokens and a topic)",
            field="model.size.decoder_positions",
        )
    return DecoderSize(
        width=size["decoder_width"],
        layers=size["decoder_layers"],
        heads=size["decoder_heads"],
        positions=size["decoder_positions"],
        vocabulary=size["decoder_vocabulary"] or len(parts.layout.vocabulary),
        projector_hidden=size["projector_hidden"],
        dropout=dropout,
    )


def slots(layout: Layout) -> SlotsLayout:
    """The layout, for systems that write in slots.

    Args:
        layout: that was configured.

    Returns:
        The same.

    Raises:
        InputError: it has no slots.
    """
    if not isinstance(layout, SlotsLayout):
        raise InputError(f"is {layout.kind}, but this model writes in slots; choose slots or compact", field="layout")
    return layout


class DecoderLM(nn.Module):
    """Topic and lines through the decoder, with nothing to hear but, if wanted, an echo of each step's own lines.

    Args:
        decoder: writes.
        topic_tokens: positions of the topic prompt, P.
        step_of_position: [L] step whose vector a lyric position hears, T for none.
    """

    step_of_position: Tensor

    def __init__(self, decoder: Decoder, *, topic_tokens: int, step_of_position: Tensor) -> None:
        super().__init__()
        self.decoder, self.topic_tokens = decoder, topic_tokens
        self.register_buffer("step_of_position", step_of_position, persistent=False)

    def forward(self, batch: TextBatch, heard: Tensor | None = None) -> Scores:
        """Scores [B, L - 1, V] for the labels but the last; ``heard`` is [B, T, W]."""
        prompt = topic_prompt(batch, self.decoder.token_table, positions=self.topic_tokens)
        context = None if heard is None else Context(heard, self.step_of_position, FUSIONS["add"])
        hidden = self.decoder.read(batch, prompt, context)  # [B, P + L, D]
        return self.decoder.scores(hidden[:, len(prompt.positions) : -1], batch.labels[:, :-1])

    def writer(self, batch: TextBatch) -> LyricsWriter:
        """Ready to write texts to the batch's topics."""
        prompt = topic_prompt(batch, self.decoder.token_table, positions=self.topic_tokens)
        return LyricsWriter(self.decoder, prompt, None)


@dataclass(frozen=True, kw_only=True)
class Echo:
    """How much of a poem the decoder hears while it learns to write: see ``conf/pretrain``.

    Attributes:
        share: of poems that hear an echo of their lines; the others hear nothing.
        noise: length of the random vector added to each echo.
    """

    share: float
    noise: float

    def __call__(self, heard: Tensor) -> Tensor:
        """The echo of a batch's vectors [B, T, W]."""
        kept = torch.rand(len(heard), 1, 1, device=heard.device) < self.share
        noise = torch.randn_like(heard) * self.noise / max(1, heard.shape[-1]) ** 0.5
        return (heard + noise) * kept


class DecoderSystem(System):
    """The decoder in training on poems.

    So that the decoder learns to listen in the encoder's space before MMTG's encoder side has anything to say, a
    share of the poems is heard: the encoder's vectors of a step's own lines, blurred by noise, take the place of
    the experience vectors of phase 2. Validation and test hear nothing.

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        dropout: of GPT-2.
        pretrained: folder or hub id of a GPT-2 to start from.
        echo: fields of :class:`Echo`; None to hear nothing, as published.
    """

    writes_in_slots = True
    shardable = False  # what it learns becomes an artefact

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        dropout: float,
        pretrained: str | None,
        echo: dict[str, float] | None = None,
    ) -> None:
        super().__init__(parts, plain)
        self.name = name
        self.echo = Echo(**echo) if echo else None
        decoder = build_decoder(parts, size, dropout=dropout, pretrained=pretrained)
        layout = slots(parts.layout)
        self.model = DecoderLM(
            decoder, topic_tokens=layout.topic_tokens, step_of_position=torch.from_numpy(layout.step_of_position)
        )

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.model.decoder

    def loss(self, batch: TextBatch, *, positive_from: int) -> Loss:
        """Cross-entropy over all labels; ``token_loss`` counts the text's own tokens alone.

        ``token_loss`` leaves out the structure of the layout, which is the same in every text, and padding: its
        exponential is the perplexity per character (or token) of the lines.
        """
        counted = self.counted(batch, positive_from)  # bool [B]
        scores = self.model(batch, self._echo(batch))
        labels, texts = batch.labels[:, :-1], int(counted.sum())
        losses = scores.losses  # [B, L - 1]
        total = (sequence_mean(losses, labels) * counted).sum() / max(1, texts)
        parts = {"lm_loss": (total, texts), "token_loss": written_loss(losses, labels, counted, self.structure)}
        return Loss(total, parts)

    def counted(self, batch: TextBatch, positive_from: int) -> Tensor:
        """Which texts the loss counts: bool [B]."""
        return torch.ones_like(batch.index, dtype=torch.bool)

    def _echo(self, batch: TextBatch) -> Tensor | None:
        """What is heard of a training batch of poems, if anything."""
        if not (self.training and self.echo and isinstance(batch, PoemBatch) and batch.heard.numel()):
            return None
        return self.echo(batch.heard)

    def writer(self, batch: TextBatch) -> LyricsWriter:
        """Ready to write texts to the batch's topics."""
        return self.model.writer(batch)
