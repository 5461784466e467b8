"""One transformer over text, pictures and reply, told apart by a mask: the base of CroMIC-CMT's peers.

The source hears itself in both directions; a reply hears the source and, of itself, what stands before
("sequence to sequence", Unified VLP). A source therefore does not depend on its replies: its keys and values are
computed once and shared. Letters of shapes: as in :mod:`mmtg.models.post_network`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.posts.batch import PostBatch
from mmtg.errors import InputError
from mmtg.models.attention_blocks import Block, Stack, causal
from mmtg.models.post_memory import Memory, NetworkSize, State, heard
from mmtg.models.post_network import PostNetwork, target_loss

BERT_STD = 0.02
TEXT, PICTURE, REPLY = 0, 1, 2


class SingleStream(PostNetwork):
    """Layers as many as CroMIC-CMT's encoder and decoder have together, of the same sizes.

    As in BERT: learned positions and types, a layer norm behind their sum, an output tied to the token embedding.

    Args:
        size: dimensions; ``positions`` must hold one more than a reply.
        pre_norm: where the layer norms stand; see :class:`mmtg.models.attention_blocks.Block`.
        **shared: see :class:`mmtg.models.post_network.PostNetwork`.
    """

    def __init__(self, *, size: NetworkSize, pre_norm: bool, **shared: Any) -> None:
        super().__init__(size=size, **shared)
        layers = size.encoder_layers + size.decoder_layers
        blocks = [Block(size, pre_norm=pre_norm, activation=nn.GELU) for _ in range(layers)]
        self.layers = Stack(blocks, nn.LayerNorm(size.width) if pre_norm else None)
        self.tokens = nn.Embedding(self.vocabulary, size.width)
        self.positions = nn.Embedding(size.positions, size.width)
        self.types = nn.Embedding(3, size.width)
        self.norm = nn.LayerNorm(size.width)
        self.dropout = nn.Dropout(size.dropout)
        for part in (self.layers, self.tokens, self.positions, self.types):
            part.apply(start_as_bert)
        if self.replies:
            self.transform = nn.Sequential(nn.Linear(size.width, size.width), nn.GELU(), nn.LayerNorm(size.width))
            self.transform.apply(start_as_bert)
            self.output_bias = nn.Parameter(torch.zeros(self.vocabulary))

    def encode(self, text: Tensor, pictures: Tensor, present: Tensor) -> Memory:
        """Read posts; see :meth:`PostNetwork.encode`."""
        parts = [self.embed(text, TEXT)] if text.shape[1] else []
        vectors = 0
        if present.shape[1]:
            seen = self.numbered(self.picture_vectors(pictures, present))  # [B, K, G, D]
            vectors = seen.shape[2]
            parts.append(self._settled((seen + self.types.weight[PICTURE]).flatten(1, 2)))  # [B, K G, D]
        inputs = torch.cat(parts, dim=1)  # [B, L, D]
        mask = heard(text, present, pad=self.pad, vectors=vectors)
        states, layers = self.layers(inputs, mask[:, None, None])
        return Memory(inputs, states, mask, layers)

    def reply_states(self, memory: Memory, of: Tensor, replies: Tensor, mask: Tensor) -> Tensor:
        """States of replies which hear the source, and themselves where a mask lets them.

        Args:
            memory: of B posts.
            of: int64 [N].
            replies: [N, R, D], embedded.
            mask: bool, broadcast to [N, 1, R, R].

        Returns:
            [N, R, D].
        """
        source = memory.select(of)
        count, length = replies.shape[:2]
        of_source = source.mask[:, None, None].expand(-1, 1, length, -1)
        mask = torch.cat([of_source, mask.expand(count, 1, length, length)], dim=3)  # [N, 1, R, L + R]
        states, _ = self.layers(replies, mask, before=source.layers)
        return states

    def reply_logits(self, memory: Memory, of: Tensor, inputs: Tensor) -> Tensor:
        """Scores of next tokens; see :meth:`PostNetwork.reply_logits`."""
        return self.output(self.reply_states(memory, of, self.embed(inputs, REPLY), self._causal(inputs)))

    def reply_loss(self, memory: Memory, batch: PostBatch) -> tuple[Tensor, int]:
        """Mean cross-entropy over all tokens of all replies of the batch, from left to right."""
        inputs, targets = batch.replies[:, :-1], batch.replies[:, 1:]
        states = self.reply_states(memory, batch.of, self.embed(inputs, REPLY), self._causal(inputs))
        return target_loss(self.output, states, targets, targets != self.pad)

    def start(self, memory: Memory) -> State:
        """One reply to each post, before its first token."""
        return State(replace(memory, layers=()), memory.layers, 0)

    def step(self, token: Tensor, state: State) -> tuple[Tensor, State]:
        """Write on; see :meth:`PostNetwork.step`."""
        states, state = self.written(self.embed(token[:, None], REPLY, state.count), state)
        return self.output(states[:, 0]), state

    def written(self, embedded: Tensor, state: State) -> tuple[Tensor, State]:
        """Layers over the next token, and perhaps more behind it, which are not kept.

        Args:
            embedded: [N, R, D], each hears those before it.
            state: of the N replies.

        Returns:
            States [N, R, D], and the state behind the first.
        """
        length = embedded.shape[1]
        source = state.memory.mask[:, None, None].expand(-1, 1, length, -1)  # [N, 1, R, L]
        own = causal(state.count + length, embedded.device)[state.count :].expand(len(source), 1, -1, -1)
        states, layers = self.layers(embedded, torch.cat([source, own], dim=3), before=state.layers)
        kept = tuple(old.then(new.first(1)) for old, new in zip(state.layers, layers, strict=True))
        return states, State(state.memory, kept, state.count + 1)

    def output(self, states: Tensor) -> Tensor:
        """Scores [..., V] of states [..., D]."""
        return functional.linear(self.transform(states), self.tokens.weight, self.output_bias)

    def embed(self, ids: Tensor, kind: int, offset: int = 0) -> Tensor:
        """Tokens with their positions and their type.

        Args:
            ids: int64 [N, R].
            kind: type.
            offset: position of the first.

        Returns:
            [N, R, D].

        Raises:
            InputError: there are too many tokens.
        """
        end = offset + ids.shape[1]
        if end > self.positions.num_embeddings:
            what = f"is {self.positions.num_embeddings}, but a text takes {end}"
            raise InputError(what, field="model.positions")
        return self._settled(self.tokens(ids) + self.positions.weight[offset:end] + self.types.weight[kind])

    def _settled(self, embedded: Tensor) -> Tensor:
        settled: Tensor = self.dropout(self.norm(embedded))
        return settled

    def _causal(self, ids: Tensor) -> Tensor:
        """A mask [N, 1, R, R]: what stands before, without padding."""
        return causal(ids.shape[1], ids.device) & (ids != self.pad)[:, None, None]


def start_as_bert(module: nn.Module, std: float = BERT_STD) -> None:
    """As BERT starts: weights drawn from a normal distribution, biases zero."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=std)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
