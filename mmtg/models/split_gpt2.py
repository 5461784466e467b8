"""Five passes of GPT-2, one for each step ("5gpt", the "split gen" of the MMTG paper; MMTG reference, section 6)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.cache_utils import Cache

from mmtg.data.batch import Batch
from mmtg.data.sequence_layout import SegmentsLayout
from mmtg.errors import InputError
from mmtg.models.context import FUSIONS, Fusion
from mmtg.models.decoder import Decoder
from mmtg.models.decoder_lm import build_decoder
from mmtg.models.loss import Loss, likelihood_loss
from mmtg.models.mmtg import MMTG, MMTGChoices
from mmtg.models.scores import Scores
from mmtg.models.system import Parts, System


class SplitGPT2(nn.Module):
    """MMTG's encoder side, and a text of its own for each step: no step knows what the others wrote.

    Letters of shapes: S positions of a segment; a text has T segments.

    Args:
        mmtg: gives the encoder side and the decoder.
        fusion: joins a step's experience vector to its tokens.
        step_types: [T] token types of the steps' tokens.
        structure: ids that have no type: padding, START, EOS, SEP.
    """

    step_types: Tensor
    structure: Tensor

    def __init__(self, mmtg: MMTG, fusion: Fusion, *, step_types: Tensor, structure: Tensor) -> None:
        super().__init__()
        self.mmtg, self.fusion = mmtg, fusion
        self.register_buffer("step_types", step_types, persistent=False)
        self.register_buffer("structure", structure, persistent=False)

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.mmtg.decoder

    def forward(self, batch: Batch) -> tuple[Scores, Tensor]:
        """Scores [B, T * S - 1, V] for the labels but the last, and the KL of alpha attention."""
        experiences = self.mmtg.encode(batch)
        ids = batch.targets.reshape(-1, batch.targets.shape[1] // len(self.step_types))  # [B * T, S]
        mask = (ids != self.structure[0]).long()
        positions = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        vectors = self.fused(experiences.vectors.flatten(0, 1), ids)
        hidden = self.decoder(vectors, self.types(ids), mask, positions=positions)  # [B * T, S, D]
        hidden = hidden.reshape(len(batch), -1, hidden.shape[2])[:, :-1]  # [B, T * S - 1, D]
        return self.decoder.scores(hidden, batch.labels[:, :-1]), experiences.kl

    def writer(self, batch: Batch) -> "SplitWriter":
        """Ready to write; the encoder side has done its work."""
        return SplitWriter(self, self.mmtg.encode(batch).vectors.flatten(0, 1))

    def fused(self, heard: Tensor, ids: Tensor) -> Tensor:
        """Vectors [B * T, n, W] of tokens [B * T, n], each joined by its step's vector [B * T, W]."""
        return self.fusion.join(self.decoder.tokens(ids), heard[:, None])

    def types(self, ids: Tensor) -> Tensor:
        """Token types [B * T, n] of ids [B * T, n]: the step's; 0 at structure and padding."""
        own = self.step_types.repeat(len(ids) // len(self.step_types))[:, None]
        return own * ~torch.isin(ids, self.structure)


@dataclass
class SplitWriter:
    """See :class:`mmtg.decoding.writer.Writer`; N texts are N * T segments."""

    model: SplitGPT2
    heard: Tensor  # [N * T, W]

    @property
    def rows(self) -> int:
        """Number of scores, V."""
        return int(self.model.decoder.gpt2.config.vocab_size)

    def select(self, rows: Tensor) -> "SplitWriter":
        """The writer of some of the texts."""
        by_text = self.heard.reshape(-1, len(self.model.step_types), self.heard.shape[1])  # [N, T, W]
        return SplitWriter(self.model, by_text[rows].flatten(0, 1))

    def new_cache(self) -> Cache:
        """An empty cache."""
        return DynamicCache(config=self.model.decoder.gpt2.config)

    def open(self, cache: Cache) -> Tensor:
        """Nothing stands in front: a mask [N * T, 0]."""
        return torch.zeros(len(self.heard), 0, dtype=torch.int64, device=self.heard.device)

    def scores(self, ids: Tensor, types: Tensor, places: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Scores [N * T, V] after ids [N * T, n] at positions [n] of their segments."""
        model, positions = self.model, places.expand(len(ids), -1)
        hidden = model.decoder(
            model.fused(self.heard, ids), model.types(ids), mask, positions=positions, cache=cache
        )  # [N * T, n, D]
        return model.decoder.logits(hidden[:, -1])


class SplitGPT2System(System):
    """Split generation in training, with the curriculum's contrastive likelihood over all segments.

    Args:
        parts: layout (``segments``), tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        kl_weight: weight of alpha attention's KL; 0 as published, which had no such term.
        detached: leave the encoder side as it was drawn, as published, whose code cuts its gradient unawares; False
            is fair.
        dropout: of GPT-2 and of the transformer step encoder.
        pretrained: folder or hub id of a GPT-2 to start from.
        **choices: fields of :class:`mmtg.models.mmtg.MMTGChoices`.

    Raises:
        InputError: the layout has no segments, or the fusion is none.
    """

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        kl_weight: float,
        detached: bool,
        dropout: float,
        pretrained: str | None,
        **choices: Any,
    ) -> None:
        super().__init__(parts, plain)
        self.name, self.kl_weight = name, kl_weight
        layout, chosen = parts.layout, MMTGChoices(**choices)
        if not isinstance(layout, SegmentsLayout):
            raise InputError(
                f"is {layout.kind}, but model={name} writes a segment a step; choose segments", field="layout"
            )
        if chosen.fusion not in FUSIONS:
            raise InputError(f"is {chosen.fusion}; choose one of {', '.join(FUSIONS)}", field="model.fusion")
        vocabulary = layout.vocabulary
        mmtg = MMTG(
            build_decoder(parts, size, dropout=dropout, pretrained=pretrained),
            chosen,
            hidden=size["hidden"],
            attention_heads=size["attention_heads"],
            dropout=dropout,
            topic_tokens=0,
            step_types=torch.tensor(layout.step_types),
            step_of_position=torch.zeros(0, dtype=torch.int64),
        )
        for part, weight in mmtg.named_parameters():
            weight.requires_grad_(not detached or part.startswith("decoder."))
        self.model = SplitGPT2(
            mmtg,
            FUSIONS[chosen.fusion],
            step_types=torch.tensor(layout.step_types),
            structure=torch.tensor([vocabulary.pad, vocabulary.start, vocabulary.eos, vocabulary.sep]),
        )

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.model.decoder

    def loss(self, batch: Batch, *, positive_from: int) -> Loss:
        """Mean contrastive likelihood over all segments, plus weighted KL."""
        scores, kl = self.model(batch)
        loss = likelihood_loss(scores, batch, positive_from, self.structure)
        loss.add("kl_loss", kl, len(batch), weight=self.kl_weight, trained=self.schedule.train_kl)
        return loss

    def attention(self, batch: Batch) -> list[list[list[float] | None]]:
        """Beta attention over topic, picture and text, where a step has both."""
        return self.model.mmtg.heard_weights(batch)

    def writer(self, batch: Batch) -> SplitWriter:
        """Ready to write texts about the batch's experiences."""
        return self.model.writer(batch)
