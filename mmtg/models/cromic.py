"""CroMIC-CMT: text and pictures through one encoder, replies from a decoder that hears both (reference, section 2).

Letters of shapes: as in :mod:`mmtg.models.post_network`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.posts.batch import PostBatch
from mmtg.errors import InputError
from mmtg.models.attention_blocks import Block, Stack, causal
from mmtg.models.post_memory import Memory, NetworkSize, State, heard
from mmtg.models.post_network import TYPE_STD, PostNetwork, target_loss

TEXT, PICTURE = 0, 1
WAVELENGTH = 10000.0  # longest wave of the sinusoids over 2 pi, in tokens


class CroMIC(PostNetwork):
    """The published network.

    Token vectors are scaled by sqrt(D), which makes a text's about 760 long beside pictures' vectors of length 1; so
    the encoder hardly sees pictures at first. ``balanced`` lets both start sqrt(D) long.

    Args:
        size: dimensions.
        balanced: token embeddings start with a standard deviation of 1 / sqrt(D), and pictures' vectors are scaled as
            text's are; False as published.
        **shared: see :class:`mmtg.models.post_network.PostNetwork`.
    """

    sinusoids: Tensor

    def __init__(self, *, size: NetworkSize, balanced: bool = False, **shared: Any) -> None:
        super().__init__(size=size, **shared)
        self.scale = math.sqrt(size.width)
        self.picture_scale = self.scale if balanced else 1.0
        self.tokens = nn.Embedding(self.vocabulary, size.width, padding_idx=self.pad)
        self.types = nn.Embedding(2, size.width)
        self._start(balanced)
        self.register_buffer("sinusoids", sinusoids(size.positions, size.width), persistent=False)
        self.encoder = Stack([Block(size) for _ in range(size.encoder_layers)], nn.LayerNorm(size.width))
        if self.replies:
            blocks = [Block(size, cross=True) for _ in range(size.decoder_layers)]
            self.decoder = Stack(blocks, nn.LayerNorm(size.width))
            self.output = nn.Linear(size.width, self.vocabulary)

    def encode(self, text: Tensor, pictures: Tensor, present: Tensor) -> Memory:
        """Read posts; see :meth:`PostNetwork.encode`."""
        parts = [self.embed(text) + self.types.weight[TEXT]] if text.shape[1] else []
        vectors = 0
        if present.shape[1]:
            seen = self.picture_vectors(pictures, present) * self.picture_scale  # [B, K, G, D]
            vectors = seen.shape[2]
            parts.append((self.numbered(seen) + self.types.weight[PICTURE]).flatten(1, 2))  # [B, K G, D]
        inputs = torch.cat(parts, dim=1)  # [B, L, D]
        mask = heard(text, present, pad=self.pad, vectors=vectors)
        states, _ = self.encoder(inputs, mask[:, None, None])
        return Memory(inputs, states, mask, self.decoder.memory(states) if self.replies else ())

    def reply_logits(self, memory: Memory, of: Tensor, inputs: Tensor) -> Tensor:
        """Scores of next tokens; see :meth:`PostNetwork.reply_logits`."""
        logits: Tensor = self.output(self.reply_states(memory, of, inputs))
        return logits

    def reply_states(self, memory: Memory, of: Tensor, inputs: Tensor) -> Tensor:
        """States [N, R, D] of the last layer; padding is not heard."""
        mask = causal(inputs.shape[1], inputs.device) & (inputs != self.pad)[:, None, None]  # [N, 1, R, R]
        source = memory.select(of)
        states, _ = self.decoder(self.embed(inputs), mask, memory=source.layers, memory_mask=source.mask[:, None, None])
        return states

    def reply_loss(self, memory: Memory, batch: PostBatch) -> tuple[Tensor, int]:
        """Mean cross-entropy over all tokens of all replies of the batch (published)."""
        inputs, targets = batch.replies[:, :-1], batch.replies[:, 1:]
        return target_loss(self.output, self.reply_states(memory, batch.of, inputs), targets, targets != self.pad)

    def step(self, token: Tensor, state: State) -> tuple[Tensor, State]:
        """Write on; see :meth:`PostNetwork.step`. All tokens written are heard, as published."""
        source = state.memory
        states, own = self.decoder(
            self.embed(token[:, None], state.count),
            None,
            before=state.layers,
            memory=source.layers,
            memory_mask=source.mask[:, None, None],
        )
        layers = tuple(old.then(new) for old, new in zip(state.layers, own, strict=True)) if state.layers else own
        return self.output(states[:, 0]), State(source, layers, state.count + 1)

    def embed(self, ids: Tensor, offset: int = 0) -> Tensor:
        """Vectors of tokens with their positions.

        Args:
            ids: int64 [N, R].
            offset: position of the first.

        Returns:
            [N, R, D].

        Raises:
            InputError: there are too many tokens.
        """
        end = offset + ids.shape[1]
        if end > len(self.sinusoids):
            raise InputError(f"is {len(self.sinusoids)}, but a text has {end} tokens", field="model.positions")
        return self.tokens(ids) * self.scale + self.sinusoids[offset:end]

    def _start(self, balanced: bool) -> None:
        nn.init.normal_(self.types.weight, std=TYPE_STD)
        if balanced:
            with torch.no_grad():
                self.tokens.weight.mul_(1 / self.scale)


def sinusoids(count: int, width: int) -> Tensor:
    """Fixed vectors of positions.

    Args:
        count: of positions.
        width: D.

    Returns:
        [count, D]: sines at even places, cosines at odd ones.
    """
    places = torch.arange(count, dtype=torch.float32)[:, None]
    rates = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(WAVELENGTH) / width))
    return torch.stack([torch.sin(places * rates), torch.cos(places * rates)], dim=2).flatten(1)[:, :width]
