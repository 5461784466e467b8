"""What CroMIC-CMT and its peers remember of posts and of replies, and their sizes.

Letters of shapes: as in :mod:`mmtg.models.post_network`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmtg.errors import InputError
from mmtg.models.attention_blocks import BlockSize, KeysValues


@dataclass(frozen=True)
class Memory:
    """B posts that have been read.

    Attributes:
        inputs: [B, L, D] of the first layer.
        states: [B, L, D] of the last.
        mask: bool [B, L], where there is something to hear.
        layers: by layer of the writer, what it hears of the posts; none in a network that writes no replies.
    """

    inputs: Tensor
    states: Tensor
    mask: Tensor
    layers: tuple[KeysValues, ...]

    def __len__(self) -> int:
        return len(self.states)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.states.device

    def select(self, rows: Tensor) -> Memory:
        """The memory of some posts, an int64 tensor; rows may repeat, and gradients flow."""
        inputs, states, mask = (tensor.index_select(0, rows) for tensor in (self.inputs, self.states, self.mask))
        return Memory(inputs, states, mask, tuple(layer.select(rows) for layer in self.layers))


@dataclass(frozen=True)
class State:
    """N replies being written.

    Attributes:
        memory: of their posts.
        layers: by layer, what has been written, and in a single stream also what stands before it; none at the start.
        count: tokens written.
    """

    memory: Memory
    layers: tuple[KeysValues, ...]
    count: int

    def select(self, rows: Tensor) -> State:
        """The state of some replies, an int64 tensor; rows may repeat."""
        layers = tuple(layer.select(rows) for layer in self.layers)
        return replace(self, memory=self.memory.select(rows), layers=layers)


@dataclass(frozen=True, kw_only=True)
class NetworkSize(BlockSize):
    """Dimensions of a network.

    Attributes:
        encoder_layers: that read.
        decoder_layers: that write; a single stream has as many in all.
        positions: most tokens of a text, and of a reply.
    """

    encoder_layers: int
    decoder_layers: int
    positions: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.encoder_layers, self.decoder_layers, self.positions) < 1:
            raise InputError("layers and positions must be at least 1", field="model.size")


def heard(text: Tensor, present: Tensor, *, pad: int, vectors: int) -> Tensor:
    """Where a source can be heard; a post without anything is heard whole, as an attention must hear something.

    Args:
        text: int64 [B, P].
        present: bool [B, K].
        pad: the token of padding.
        vectors: G.

    Returns:
        Bool [B, P + K G].
    """
    mask = torch.cat([text != pad, present.repeat_interleave(vectors, dim=1)], dim=1)
    return mask | ~mask.any(dim=1, keepdim=True)
