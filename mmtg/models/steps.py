"""Layers over the steps of an experience: encoders, alpha attention, beta attention (MMTG reference, section 2.3)."""

import math

import torch
from torch import Tensor, nn

from mmtg.errors import InputError


class StepEncoder(nn.Module):
    """One modality's vectors over the steps, in the steps' context: [B, T, W] to [B, T, H].

    Args:
        kind: ``gru``, ``lstm``, ``rnn`` (relu) or ``transformer`` (one layer, post-norm).
        width: W.
        hidden: H.
        heads: of the transformer.
        dropout: of the transformer.
        positions: number of learned positions for the transformer, T; 0 for none, as published, which leaves it
            blind to the order of the steps.

    Raises:
        InputError: unknown kind, or positions for a recurrent one.
    """

    def __init__(
        self, kind: str, *, width: int, hidden: int, heads: int = 1, dropout: float = 0.0, positions: int = 0
    ) -> None:
        super().__init__()
        recurrent = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
        if kind not in (*recurrent, "transformer"):
            raise InputError(f"'{kind}' is unknown; choose gru, lstm, rnn or transformer", field="model.encoder")
        if positions and kind != "transformer":
            raise InputError(
                f"is for model.encoder=transformer; model.encoder={kind} has an order of its own",
                field="model.encoder_positions",
            )
        self.kind = kind
        self.layers: nn.Module
        if kind == "transformer":
            layer = nn.TransformerEncoderLayer(
                hidden, heads, dim_feedforward=4 * hidden, dropout=dropout, batch_first=True
            )
            self.linear = nn.Linear(width, hidden)
            self.layers = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
            nn.init.xavier_normal_(self.linear.weight)
        else:
            options = {"nonlinearity": "relu"} if kind == "rnn" else {}
            network = recurrent[kind](width, hidden, batch_first=True, **options)
            nn.init.xavier_normal_(network.get_parameter("weight_ih_l0"))
            nn.init.orthogonal_(network.get_parameter("weight_hh_l0"))
            self.layers = network
        self.positions = nn.Parameter(torch.randn(positions, hidden)) if positions else None

    def forward(self, vectors: Tensor) -> Tensor:
        """States [B, T, H] of vectors [B, T, W]."""
        if self.kind != "transformer":
            states, _ = self.layers(vectors)
            return torch.as_tensor(states)
        inputs = self.linear(vectors)  # [B, T, H]
        return torch.as_tensor(self.layers(inputs if self.positions is None else inputs + self.positions))


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
        attention = self._attention(states, present)  # [B, h, T, T]
        context = (attention @ self._split(self.value(states))).transpose(1, 2).flatten(2)  # [B, T, H]
        return context, attention, self._divergence(attention, present)

    def _attention(self, states: Tensor, present: Tensor) -> Tensor:
        q, k = self._split(self.query(states)), self._split(self.key(states))  # [B, h, T, H/h]
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])  # [B, h, T, T]
        return torch.softmax(scores.masked_fill(~present[:, None, None, :], torch.finfo(scores.dtype).min), dim=-1)

    def _split(self, states: Tensor) -> Tensor:
        return states.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _divergence(self, attention: Tensor, present: Tensor) -> Tensor:
        """KL of rows [B, h, T, T] to the target [T, T]; the logarithm is taken after the softmax, as published."""
        complete = present.all(dim=1)  # [B]
        safe = torch.where(complete[:, None, None, None], attention, self.target)  # gives 0 where not complete
        floor = torch.finfo(safe.dtype).tiny  # a weight may underflow to 0
        kl = self.target * (self.target.log() - safe.clamp(min=floor).log())  # [B, h, T, T]
        return kl.sum(dim=(1, 3)).mean(dim=1).sum() / complete.sum().clamp(min=1)


class FixedAttention(AlphaAttention):
    """The ablation "no_alpha": attention is its target, the same for all heads (MMTG reference, section 7).

    Query and key keep their place among the weights, as published, but nothing computes with them.
    """

    def __init__(self, *, steps: int, hidden: int, heads: int) -> None:
        super().__init__(steps=steps, hidden=hidden, heads=heads)
        self.query.requires_grad_(False)
        self.key.requires_grad_(False)

    def _attention(self, states: Tensor, present: Tensor) -> Tensor:
        weights = self.target * present[:, None, None, :]  # [B, 1, T, T]
        weights = weights / weights.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(weights.dtype).tiny)
        return weights.expand(-1, self.heads, -1, -1)

    def _divergence(self, attention: Tensor, present: Tensor) -> Tensor:
        return self.target.new_zeros(())


ALPHAS = {"learned": AlphaAttention, "fixed": FixedAttention}


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
        gain: how far the first experience vectors stand from what changes no token. Published: 1, which makes them
            ten times as long as token vectors, so that they drown what phase 1 learned (section 1.8).
        neutral: number that, as an experience vector, changes no token.
    """

    def __init__(self, *, steps: int, hidden: int, width: int, gain: float, neutral: float) -> None:
        super().__init__()
        self.scores = nn.ModuleList(nn.Linear(hidden, 1) for _ in range(steps))
        self.out = nn.Linear(hidden, width)
        with torch.no_grad():
            self.out.weight.mul_(gain)
            self.out.bias.mul_(gain).add_((1 - gain) * neutral)

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
