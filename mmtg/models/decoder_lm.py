"""Phase 1: the decoder alone as a language model of topic and lines (MMTG reference, section 4)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.batch import PoemBatch, TextBatch
from mmtg.decoding.slots import decode_texts
from mmtg.errors import InputError
from mmtg.losses import sequence_cross_entropy
from mmtg.models.decoder import Decoder, DecoderSize, spread
from mmtg.models.system import Loss, Parts, System


def build_decoder(parts: Parts, size: dict[str, Any], *, dropout: float, pretrained: str | None) -> Decoder:
    """The decoder of the sizes in ``conf/model/size``.

    Args:
        parts: give the vocabulary, its vectors and the layout, which must fit into the decoder's positions.
        size: dimensions.
        dropout: of GPT-2.
        pretrained: folder or hub id of a GPT-2 to start from.

    Returns:
        The decoder.

    Raises:
        InputError: the layout does not fit.
    """
    needed = parts.layout.topic_tokens + parts.layout.length
    if needed > size["decoder_positions"]:
        raise InputError(
            f"is {size['decoder_positions']}, but data.layout needs {needed} positions "
            f"({parts.layout.lines} lines of {parts.layout.line_tokens} tokens and a topic)",
            field="model.size.decoder_positions",
        )
    dimensions = DecoderSize(
        width=size["decoder_width"],
        layers=size["decoder_layers"],
        heads=size["decoder_heads"],
        positions=size["decoder_positions"],
        vocabulary=size["decoder_vocabulary"] or len(parts.layout.vocabulary),
        projector_hidden=size["projector_hidden"],
        dropout=dropout,
    )
    return Decoder(parts.token_table, dimensions, pretrained=pretrained)


class DecoderLM(nn.Module):
    """Topic and lines through the decoder, with nothing to hear but, if wanted, an echo of each step's own lines.

    Args:
        decoder: writes.
        step_of_position: [L] step whose vector a lyric position hears, T for none.
    """

    step_of_position: Tensor

    def __init__(self, decoder: Decoder, step_of_position: Tensor) -> None:
        super().__init__()
        self.decoder = decoder
        self.register_buffer("step_of_position", step_of_position, persistent=False)

    def forward(self, batch: TextBatch, heard: Tensor | None = None) -> Tensor:
        """Scores [B, L - 1, V] for the tokens targets[:, 1:]; ``heard`` is [B, T, W]."""
        prompt = batch.topic_ids.shape[1]
        context = None
        if heard is not None:
            context = nn.functional.pad(spread(heard, self.step_of_position), (0, 0, prompt, 0))  # [B, P + L, W]
        hidden = self.decoder(
            torch.cat([batch.topic_ids, batch.targets], dim=1),
            torch.cat([batch.topic_types, batch.target_types], dim=1),
            torch.cat([batch.topic_mask, batch.target_mask], dim=1),
            context=context,
        )  # [B, P + L, D]
        return self.decoder.logits(hidden[:, prompt:-1])


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
        self.model = DecoderLM(decoder, torch.from_numpy(parts.layout.step_of_position))

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.model.decoder

    def loss(self, batch: PoemBatch, *, positive_from: int) -> Loss:
        """Cross-entropy over all positions; ``token_loss`` counts the text's own tokens alone.

        ``token_loss`` leaves out the structure of the layout, which is the same in every text, and padding: its
        exponential is the perplexity per character (or token) of the lines.
        """
        heard = self.echo(batch.heard) if self.training and self.echo and batch.heard.numel() else None
        logits = self.model(batch, heard)
        targets = batch.targets[:, 1:]
        total = sequence_cross_entropy(logits, targets).mean()
        written = batch.target_types[:, 1:] > 0  # [B, L - 1]
        tokens = nn.functional.cross_entropy(logits[written].float(), targets[written])
        return Loss(total, {"lm_loss": (total, len(batch)), "token_loss": (tokens, int(written.sum()))})

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/`` and ``val/perplexity``."""
        self._log_perplexity("val")
        super().on_validation_epoch_end()

    def on_test_epoch_end(self) -> None:
        """Logs ``test/`` and ``test/perplexity``."""
        self._log_perplexity("test")
        super().on_test_epoch_end()

    def _log_perplexity(self, stage: str) -> None:
        mean = self.means[f"{stage}/token_loss"].compute()  # type: ignore[operator]
        self.log(f"{stage}/perplexity", torch.exp(mean), rank_zero_only=True)

    def texts(self, batch: TextBatch, names: list[str]) -> list[list[list[str]]]:
        """Texts to the batch's topics."""
        return decode_texts(
            self.decoder,
            self.layout,
            self.decoding,
            names=names,
            topic_ids=batch.topic_ids,
            topic_types=batch.topic_types,
            topic_mask=batch.topic_mask,
            context=None,
        )
