"""MMTG: a topic and a sequence of pictures and texts to lines (Cao et al., ACM MM 2022; MMTG reference, section 2)."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.batch import Batch
from mmtg.decoding.slots import decode_texts
from mmtg.errors import InputError
from mmtg.losses import contrastive_likelihood, echo_distance, sequence_cross_entropy
from mmtg.models.decoder import Decoder, spread
from mmtg.models.decoder_lm import build_decoder
from mmtg.models.system import Loss, Parts, System


class StepEncoder(nn.Module):
    """One modality's vectors over the steps, in the steps' context: [B, T, W] to [B, T, H].

    Args:
        kind: ``gru``, ``lstm``, ``rnn`` (relu) or ``transformer`` (one layer, post-norm, no positions, as published).
        width: W.
        hidden: H.
        heads: of the transformer.
        dropout: of the transformer.

    Raises:
        InputError: unknown kind.
    """

    def __init__(self, kind: str, *, width: int, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        recurrent = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
        self.layers: nn.Module
        if kind == "transformer":
            layer = nn.TransformerEncoderLayer(
                hidden, heads, dim_feedforward=4 * hidden, dropout=dropout, batch_first=True
            )
            self.linear = nn.Linear(width, hidden)
            self.layers = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
            nn.init.xavier_normal_(self.linear.weight)
        elif kind in recurrent:
            options = {"nonlinearity": "relu"} if kind == "rnn" else {}
            network = recurrent[kind](width, hidden, batch_first=True, **options)
            nn.init.xavier_normal_(network.get_parameter("weight_ih_l0"))
            nn.init.orthogonal_(network.get_parameter("weight_hh_l0"))
            self.layers = network
        else:
            raise InputError(f"'{kind}' is unknown; choose gru, lstm, rnn or transformer", field="model.encoder")
        self.kind = kind

    def forward(self, vectors: Tensor) -> Tensor:
        """States [B, T, H] of vectors [B, T, W]."""
        if self.kind == "transformer":
            states: Tensor = self.layers(self.linear(vectors))
        else:
            states, _ = self.layers(vectors)
        return states


class AlphaAttention(nn.Module):
    """Attention of each step over all steps of its modality, held near its own place by a KL target.

    No output projection, no residual, no dropout (MMTG reference, section 2.3, items 3 and 4).

    Args:
        steps: T.
        hidden: H.
        heads: must divide H.
    """

    target: Tensor

    def __init__(self, *, steps: int, hidden: int, heads: int) -> None:
        super().__init__()
        if hidden % heads:
            raise InputError(f"{heads} heads do not divide hidden={hidden}", field="model.size.attention_heads")
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.register_buffer("target", neighbour_distribution(steps), persistent=False)

    def forward(self, states: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States in the context of their neighbours.

        Args:
            states: [B, T, H].
            present: [B, T] bool; a missing step is not attended to.

        Returns:
            Contexts [B, T, H], attention [B, heads, T, T], and KL(target || attention) as published: summed over
            heads, averaged over rows and batch; a scalar. Experiences with a missing step do not count in it.
        """
        q, k, v = (self._split(layer(states)) for layer in (self.query, self.key, self.value))  # [B, h, T, H/h]
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])  # [B, h, T, T]
        scores = scores.masked_fill(~present[:, None, None, :], torch.finfo(scores.dtype).min)
        attention = torch.softmax(scores, dim=-1)
        context = (attention @ v).transpose(1, 2).flatten(2)  # [B, T, H]
        return context, attention, self._divergence(attention, present)

    def _split(self, states: Tensor) -> Tensor:
        return states.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _divergence(self, attention: Tensor, present: Tensor) -> Tensor:
        """KL of rows [B, h, T, T] to the target [T, T]; the logarithm is taken after the softmax, as published."""
        complete = present.all(dim=1)  # [B]
        safe = torch.where(complete[:, None, None, None], attention, self.target)  # gives 0 where not complete
        floor = torch.finfo(safe.dtype).tiny  # a weight may underflow to 0
        kl = self.target * (self.target.log() - safe.clamp(min=floor).log())  # [B, h, T, T]
        return kl.sum(dim=(1, 3)).mean(dim=1).sum() / complete.sum().clamp(min=1)


def neighbour_distribution(steps: int) -> Tensor:
    """Target rows [T, T] of alpha attention: row i is a normal density of mean i and deviation 1, normalised."""
    places = torch.arange(steps, dtype=torch.float64)
    density = torch.exp(-0.5 * (places[None, :] - places[:, None]) ** 2)
    return (density / density.sum(dim=1, keepdim=True)).float()


class BetaAttention(nn.Module):
    """Weighs topic, picture and text at each step and leads the mixture into the embedding space.

    The weights of the steps differ; the three sources share them (MMTG reference, section 2.3, item 5).

    Args:
        steps: T.
        hidden: H.
        width: W.
        gain: scales the initial weights of the output, and so the first experience vectors. Published: 1, which
            makes them ten times as long as token vectors, so that they drown what phase 1 learned (section 1.8).
    """

    def __init__(self, *, steps: int, hidden: int, width: int, gain: float) -> None:
        super().__init__()
        self.scores = nn.ModuleList(nn.Linear(hidden, 1) for _ in range(steps))
        self.out = nn.Linear(hidden, width)
        with torch.no_grad():
            self.out.weight.mul_(gain)
            self.out.bias.mul_(gain)

    def forward(self, topic: Tensor, images: Tensor, texts: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Mixes the sources.

        Args:
            topic: [B, H].
            images: [B, T, H].
            texts: [B, T, H].
            present: [B, T, 3] bool; a missing source gets no weight.

        Returns:
            Experience vectors [B, T, W] and weights [B, T, 3] over (topic, image, text).
        """
        sources = torch.stack([topic[:, None].expand_as(images), images, texts], dim=2)  # [B, T, 3, H]
        scores = torch.stack([layer(sources[:, i]) for i, layer in enumerate(self.scores)], dim=1)  # [B, T, 3, 1]
        scores = scores.squeeze(3).masked_fill(~present, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=2)  # [B, T, 3]
        return self.out((weights[..., None] * sources).sum(dim=2)), weights


@dataclass
class Experiences:
    """What the encoder side makes of a batch."""

    vectors: Tensor  # [B, T, W], the c_k of the paper
    kl: Tensor  # scalar, images plus texts
    image_attention: Tensor  # [B, heads, T, T], alpha
    text_attention: Tensor  # [B, heads, T, T], alpha
    source_weights: Tensor  # [B, T, 3], beta over (topic, image, text)


@dataclass
class MMTGOutput:
    """Result of :meth:`MMTG.forward`."""

    hidden: Tensor  # [B, P + L, D], after GPT-2's last layer norm
    logits: Tensor  # [B, L - 1, V], for the tokens targets[:, 1:]
    experiences: Experiences


class MMTG(nn.Module):
    """The published model, fusion by addition.

    Args:
        decoder: writes; its token table gives W.
        steps: T.
        hidden: H.
        attention_heads: of alpha attention.
        encoder: kind of the step encoders.
        dropout: of the transformer step encoder.
        context_gain: initial size of experience vectors; 1 as published.
        step_of_position: [L] step whose experience a lyric position hears, T for none.
    """

    step_of_position: Tensor

    def __init__(
        self,
        decoder: Decoder,
        *,
        steps: int,
        hidden: int,
        attention_heads: int,
        encoder: str,
        dropout: float,
        context_gain: float,
        step_of_position: Tensor,
    ) -> None:
        super().__init__()
        width = decoder.project_in.in_features
        self.topic_encoder = nn.Linear(width, hidden)
        nn.init.xavier_normal_(self.topic_encoder.weight)
        kind = {"width": width, "hidden": hidden, "heads": attention_heads, "dropout": dropout}
        self.image_encoder = StepEncoder(encoder, **kind)  # type: ignore[arg-type]
        self.text_encoder = StepEncoder(encoder, **kind)  # type: ignore[arg-type]
        self.topic_norm, self.image_norm, self.text_norm = (nn.LayerNorm(hidden) for _ in range(3))
        self.image_attention = AlphaAttention(steps=steps, hidden=hidden, heads=attention_heads)
        self.text_attention = AlphaAttention(steps=steps, hidden=hidden, heads=attention_heads)
        self.beta_attention = BetaAttention(steps=steps, hidden=hidden, width=width, gain=context_gain)
        self.decoder = decoder
        self.register_buffer("step_of_position", step_of_position, persistent=False)

    def encode(self, batch: Batch) -> Experiences:
        """The encoder side: from the vectors of topic, pictures and texts to one vector a step."""
        topic = self.topic_norm(self.topic_encoder(batch.topic_vector))  # [B, H]
        images = self.image_norm(self.image_encoder(batch.image_vectors))  # [B, T, H]
        texts = self.text_norm(self.text_encoder(batch.text_vectors))  # [B, T, H]
        images, image_attention, image_kl = self.image_attention(images, batch.image_present)
        texts, text_attention, text_kl = self.text_attention(texts, batch.text_present)
        always = torch.ones_like(batch.image_present)
        present = torch.stack([always, batch.image_present, batch.text_present], dim=2)  # [B, T, 3]
        vectors, weights = self.beta_attention(topic, images, texts, present)  # [B, T, W]
        return Experiences(vectors, image_kl + text_kl, image_attention, text_attention, weights)

    def context(self, experiences: Experiences) -> Tensor:
        """What each lyric position hears: [B, L, W], zeros at SEP."""
        return spread(experiences.vectors, self.step_of_position)

    def forward(self, batch: Batch) -> MMTGOutput:
        """Encode, fuse by addition in the embedding space, decode."""
        experiences = self.encode(batch)
        context = functional.pad(self.context(experiences), (0, 0, batch.topic_ids.shape[1], 0))  # [B, P + L, W]
        hidden = self.decoder(
            torch.cat([batch.topic_ids, batch.targets], dim=1),
            torch.cat([batch.topic_types, batch.target_types], dim=1),
            torch.cat([batch.topic_mask, batch.target_mask], dim=1),
            context=context,
        )  # [B, P + L, D]
        logits = self.decoder.logits(hidden[:, batch.topic_ids.shape[1] : -1])  # [B, L - 1, V]
        return MMTGOutput(hidden, logits, experiences)


class MMTGSystem(System):
    """MMTG in training: curriculum negative sampling plus the KL of alpha attention (MMTG reference, section 3).

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        encoder: kind of the step encoders.
        kl_weight: weight of the KL term.
        echo_weight: weight of the distance between each experience vector of a positive experience and the
            encoder's vector of the lines it belongs to; 0 as published.
        context_gain: initial size of experience vectors; 1 as published.
        dropout: of GPT-2 and of the transformer step encoder.
        pretrained: folder or hub id of a GPT-2 to start from.
        freeze_decoder: train the encoder side alone.
    """

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        encoder: str,
        kl_weight: float,
        echo_weight: float,
        context_gain: float,
        dropout: float,
        pretrained: str | None,
        freeze_decoder: bool,
    ) -> None:
        super().__init__(parts, plain)
        self.name, self.kl_weight, self.echo_weight = name, kl_weight, echo_weight
        decoder = build_decoder(parts, size, dropout=dropout, pretrained=pretrained)
        decoder.requires_grad_(not freeze_decoder)
        self.model = MMTG(
            decoder,
            steps=self.layout.steps,
            hidden=size["hidden"],
            attention_heads=size["attention_heads"],
            encoder=encoder,
            dropout=dropout,
            context_gain=context_gain,
            step_of_position=torch.from_numpy(self.layout.step_of_position),
        )

    @property
    def decoder(self) -> Decoder:
        """The lyrics decoder."""
        return self.model.decoder

    def loss(self, batch: Batch, *, positive_from: int) -> Loss:
        """Mean contrastive likelihood plus weighted KL; ``lm_loss`` is the cross-entropy of the positives.

        In training the weighted echo distance is added, where the data bring what it needs.
        """
        output = self.model(batch)
        cross_entropy = sequence_cross_entropy(output.logits, batch.targets[:, 1:])  # [B]
        positive = batch.rating >= positive_from
        contrastive = contrastive_likelihood(cross_entropy, positive).mean()
        kl = output.experiences.kl
        count = int(positive.sum())
        lm_loss = (cross_entropy * positive).sum() / max(1, count)
        parts = {"lm_loss": (lm_loss, count), "kl_loss": (kl, len(batch))}
        total = contrastive + self.kl_weight * (kl if self.schedule.train_kl else kl.detach())
        if self.training and self.echo_weight and batch.heard.numel():
            distance = echo_distance(output.experiences.vectors, batch.heard, positive)
            parts["echo_loss"] = (distance, count)
            total = total + self.echo_weight * distance
        return Loss(total, parts)

    def texts(self, batch: Batch, names: list[str]) -> list[list[list[str]]]:
        """Encodes once and decodes all samples side by side."""
        context = self.model.context(self.model.encode(batch))
        return decode_texts(
            self.decoder,
            self.layout,
            self.decoding,
            names=names,
            topic_ids=batch.topic_ids,
            topic_types=batch.topic_types,
            topic_mask=batch.topic_mask,
            context=context,
        )
