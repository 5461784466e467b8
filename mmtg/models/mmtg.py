"""MMTG: a topic and a sequence of pictures and texts to lines (Cao et al., ACM MM 2022; MMTG reference, section 2)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.batch import Batch
from mmtg.errors import InputError
from mmtg.losses import echo_distance
from mmtg.models.context import FUSIONS, Context, Prompt, extended, topic_prompt
from mmtg.models.decoder import Decoder
from mmtg.models.decoder_lm import build_decoder, slots
from mmtg.models.loss import Loss, likelihood_loss
from mmtg.models.scores import Scores
from mmtg.models.steps import ALPHAS, BetaAttention, StepEncoder
from mmtg.models.system import Parts, System
from mmtg.models.writer import LyricsWriter


@dataclass
class Experiences:
    """What the encoder side makes of a batch."""

    vectors: Tensor  # [B, T, W], the c_k of the paper
    kl: Tensor  # scalar, images plus texts
    image_attention: Tensor | None  # [B, heads, T, T], alpha
    text_attention: Tensor | None  # [B, heads, T, T], alpha
    source_weights: Tensor  # [B, T, 3], beta over (topic, image, text); 0 for what the model does not use


@dataclass
class MMTGOutput:
    """Result of :meth:`MMTG.forward`."""

    hidden: Tensor  # [B, P + L, D], after GPT-2's last layer norm
    scores: Scores  # [B, L - 1, V], for the labels but the last
    experiences: Experiences

    @property
    def logits(self) -> Tensor:
        """All scores, [B, L - 1, V]."""
        return self.scores.logits


@dataclass(frozen=True, kw_only=True)
class MMTGChoices:
    """What the paper, its ablations and its earlier versions differ in (MMTG reference, sections 2.6 and 7).

    Attributes:
        encoder: kind of the step encoders.
        encoder_positions: whether the transformer step encoder is told the order of the steps.
        alpha_attention: ``learned``, or ``fixed`` to its target.
        fusion: ``add`` or ``multiply`` joins a step's experience vector to its tokens; ``prompt`` puts the vectors in
            front of the lines instead, as tokens.
        use_image: hear the pictures.
        use_text: hear the texts of the steps.
        use_topic_prompt: show the decoder the topic; the encoder side hears it in any case.
        context_gain: initial size of experience vectors; 1 as published.

    Raises:
        InputError: unknown kind of attention or fusion, or neither pictures nor texts.
    """

    encoder: str
    encoder_positions: bool
    alpha_attention: str
    fusion: str
    use_image: bool
    use_text: bool
    use_topic_prompt: bool
    context_gain: float

    def __post_init__(self) -> None:
        for name, known in {"alpha_attention": tuple(ALPHAS), "fusion": (*FUSIONS, "prompt")}.items():
            if getattr(self, name) not in known:
                found = getattr(self, name)
                raise InputError(f"'{found}' is unknown; choose one of {', '.join(known)}", field=f"model.{name}")
        if not (self.use_image or self.use_text):
            raise InputError("is false, and so is model.use_text; one of them is needed", field="model.use_image")


Modality = tuple[Tensor, Tensor | None, Tensor, Tensor]
"""States [B, T, H], alpha attention [B, heads, T, T], KL, and which steps there are, bool [B, T]."""


def _unheard(present: Tensor, topic: Tensor) -> Modality:
    states = topic.new_zeros(*present.shape, topic.shape[1])
    return states, None, topic.new_zeros(()), torch.zeros_like(present)


class MMTG(nn.Module):
    """The published model and its ablations.

    Args:
        decoder: writes; its token table gives W.
        choices: which of them it is.
        hidden: H.
        attention_heads: of alpha attention.
        dropout: of the transformer step encoder.
        topic_tokens: positions of the topic prompt.
        step_types: [T] token types of the experience vectors where they are a prompt.
        step_of_position: [L] step whose experience a lyric position hears, T for none.
    """

    step_of_position: Tensor
    step_types: Tensor

    def __init__(
        self,
        decoder: Decoder,
        choices: MMTGChoices,
        *,
        hidden: int,
        attention_heads: int,
        dropout: float,
        topic_tokens: int,
        step_types: Tensor,
        step_of_position: Tensor,
    ) -> None:
        super().__init__()
        width, steps = decoder.project_in.in_features, len(step_types)
        self.choices, self.topic_tokens = choices, topic_tokens if choices.use_topic_prompt else 0
        self.fusion = FUSIONS.get(choices.fusion)  # None: the vectors are a prompt
        alpha = ALPHAS[choices.alpha_attention]

        def step_encoder() -> StepEncoder:
            positions = steps if choices.encoder_positions else 0
            options = {"heads": attention_heads, "dropout": dropout, "positions": positions}
            return StepEncoder(choices.encoder, width=width, hidden=hidden, **options)  # type: ignore[arg-type]

        self.topic_encoder = nn.Linear(width, hidden)
        nn.init.xavier_normal_(self.topic_encoder.weight)
        self.topic_norm = nn.LayerNorm(hidden)
        if choices.use_image:
            self.image_encoder, self.image_norm = step_encoder(), nn.LayerNorm(hidden)
            self.image_attention = alpha(steps=steps, hidden=hidden, heads=attention_heads)
        if choices.use_text:
            self.text_encoder, self.text_norm = step_encoder(), nn.LayerNorm(hidden)
            self.text_attention = alpha(steps=steps, hidden=hidden, heads=attention_heads)
        neutral = self.fusion.neutral if self.fusion else 0.0
        self.beta_attention = BetaAttention(
            steps=steps, hidden=hidden, width=width, gain=choices.context_gain, neutral=neutral
        )
        self.decoder = decoder
        self.register_buffer("step_types", step_types, persistent=False)
        self.register_buffer("step_of_position", step_of_position, persistent=False)

    def encode(self, batch: Batch) -> Experiences:
        """The encoder side: from the vectors of topic, pictures and texts to one vector a step."""
        topic = self.topic_norm(self.topic_encoder(batch.topic_vector))  # [B, H]
        images, image_attention, image_kl, image_heard = self._images(batch, topic)
        texts, text_attention, text_kl, text_heard = self._texts(batch, topic)
        present = torch.stack([torch.ones_like(image_heard), image_heard, text_heard], dim=2)  # [B, T, 3]
        vectors, weights = self.beta_attention(topic, images, texts, present)  # [B, T, W]
        return Experiences(vectors, image_kl + text_kl, image_attention, text_attention, weights)

    def _images(self, batch: Batch, topic: Tensor) -> Modality:
        """The pictures' states in context, or nothing where the model does not hear them."""
        if not self.choices.use_image:
            return _unheard(batch.image_present, topic)
        states = self.image_norm(self.image_encoder(batch.image_vectors))  # [B, T, H]
        return *self.image_attention(states, batch.image_present), batch.image_present

    def _texts(self, batch: Batch, topic: Tensor) -> Modality:
        """The texts' states in context, or nothing where the model does not hear them."""
        if not self.choices.use_text:
            return _unheard(batch.text_present, topic)
        states = self.text_norm(self.text_encoder(batch.text_vectors))  # [B, T, H]
        return *self.text_attention(states, batch.text_present), batch.text_present

    def prompt(self, batch: Batch, experiences: Experiences) -> Prompt:
        """What stands in front of the lines: the topic, and where they are not fused the experience vectors."""
        prompt = topic_prompt(batch, self.decoder.token_table, positions=self.topic_tokens)
        return prompt if self.fusion else extended(prompt, experiences.vectors, self.step_types)

    def context(self, experiences: Experiences) -> Context | None:
        """What the tokens of the lines hear."""
        return Context(experiences.vectors, self.step_of_position, self.fusion) if self.fusion else None

    def forward(self, batch: Batch) -> MMTGOutput:
        """Encode, fuse in the embedding space, decode."""
        experiences = self.encode(batch)
        prompt = self.prompt(batch, experiences)
        hidden = self.decoder.read(batch, prompt, self.context(experiences))  # [B, P + L, D]
        scores = self.decoder.scores(hidden[:, len(prompt.positions) : -1], batch.labels[:, :-1])
        return MMTGOutput(hidden, scores, experiences)

    def heard_weights(self, batch: Batch) -> list[list[list[float] | None]]:
        """Beta attention [B][T] over topic, picture and text; None where a step lacks picture or text."""
        weights = self.encode(batch).source_weights.tolist()  # [B, T, 3]
        both = self.choices.use_image and self.choices.use_text
        whole = batch.image_present & batch.text_present & both  # [B, T]
        return [
            [own if there else None for own, there in zip(*steps, strict=True)]
            for steps in zip(weights, whole.tolist(), strict=True)
        ]

    def writer(self, batch: Batch) -> LyricsWriter:
        """Ready to write; the encoder side has done its work."""
        experiences = self.encode(batch)
        return LyricsWriter(self.decoder, self.prompt(batch, experiences), self.context(experiences))


class MMTGSystem(System):
    """MMTG in training: curriculum negative sampling plus the KL of alpha attention (MMTG reference, section 3).

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        kl_weight: weight of the KL term.
        echo_weight: weight of the distance between each experience vector of a positive experience and the
            encoder's vector of the lines it belongs to; 0 as published. Only where vectors are added to tokens.
        dropout: of GPT-2 and of the transformer step encoder.
        pretrained: folder or hub id of a GPT-2 to start from.
        freeze_decoder: train the encoder side alone.
        **choices: fields of :class:`MMTGChoices`.
    """

    writes_in_slots = True

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        kl_weight: float,
        echo_weight: float,
        dropout: float,
        pretrained: str | None,
        freeze_decoder: bool,
        **choices: Any,
    ) -> None:
        super().__init__(parts, plain)
        self.name, self.kl_weight, self.echo_weight = name, kl_weight, echo_weight
        layout, chosen = slots(parts.layout), MMTGChoices(**choices)
        in_front = 0 if chosen.fusion in FUSIONS else layout.steps
        decoder = build_decoder(parts, size, dropout=dropout, pretrained=pretrained, in_front=in_front)
        decoder.requires_grad_(not freeze_decoder)
        self.model = MMTG(
            decoder,
            chosen,
            hidden=size["hidden"],
            attention_heads=size["attention_heads"],
            dropout=dropout,
            topic_tokens=layout.topic_tokens,
            step_types=torch.tensor(layout.step_types),
            step_of_position=torch.from_numpy(layout.step_of_position),
        )

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.model.decoder

    @property
    def echoes(self) -> bool:
        """Whether experience vectors can be led to the vectors that the decoder heard in phase 1."""
        return self.model.choices.fusion == "add"

    def loss(self, batch: Batch, *, positive_from: int) -> Loss:
        """Mean contrastive likelihood plus weighted KL; ``lm_loss`` is the cross-entropy of the positives.

        In training the weighted echo distance is added, where the data bring what it needs.
        """
        output = self.model(batch)
        loss, kl = likelihood_loss(output.scores, batch, positive_from, self.structure), output.experiences.kl
        loss.add("kl_loss", kl, len(batch), weight=self.kl_weight, trained=self.schedule.train_kl)
        if self.training and self.echoes and self.echo_weight and batch.heard.numel():
            positive = batch.rating >= positive_from
            distance = echo_distance(output.experiences.vectors, batch.heard, positive)
            loss.parts["echo_loss"] = (distance, int(positive.sum()))
            loss.some = [(self.echo_weight * distance, int(positive.sum()))]
        return loss

    def attention(self, batch: Batch) -> list[list[list[float] | None]]:
        """Beta attention over topic, picture and text, where a step has both."""
        return self.model.heard_weights(batch)

    def writer(self, batch: Batch) -> LyricsWriter:
        """Ready to write texts about the batch's experiences."""
        return self.model.writer(batch)
