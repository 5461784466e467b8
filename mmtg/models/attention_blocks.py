"""Transformer blocks whose keys and values can be kept: for cached writing, and for sources that many replies share.

Letters of shapes: N texts, L positions asked about, E positions heard, D width, H heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.errors import InputError


@dataclass(frozen=True)
class KeysValues:
    """What an attention hears: keys and values [N, H, E, D / H]."""

    keys: Tensor
    values: Tensor

    def select(self, rows: Tensor) -> KeysValues:
        """Those of some texts, an int64 tensor; rows may repeat."""
        return KeysValues(self.keys.index_select(0, rows), self.values.index_select(0, rows))

    def then(self, later: KeysValues) -> KeysValues:
        """These, and others behind them."""
        return KeysValues(torch.cat([self.keys, later.keys], dim=2), torch.cat([self.values, later.values], dim=2))

    def first(self, count: int) -> KeysValues:
        """Those of the first positions."""
        return KeysValues(self.keys[:, :, :count], self.values[:, :, :count])


@dataclass(frozen=True, kw_only=True)
class BlockSize:
    """Dimensions of a block.

    Attributes:
        width: D.
        heads: H, a divisor of D.
        feedforward: width between the two layers of the feed-forward part.
        dropout: of attention, of the hidden feed-forward layer and of each part's result.

    Raises:
        InputError: a number does not fit.
    """

    width: int
    heads: int
    feedforward: int
    dropout: float

    def __post_init__(self) -> None:
        if min(self.width, self.heads, self.feedforward) < 1:
            raise InputError("width, heads and feedforward must be at least 1", field="model.size")
        if self.width % self.heads:
            raise InputError(f"{self.heads} heads do not divide a width of {self.width}", field="model.size")
        if not 0 <= self.dropout < 1:
            raise InputError(f"is {self.dropout}; must be in [0, 1)", field="model.dropout")


class Attention(nn.Module):
    """Multi-head attention; weights start as those of ``torch.nn.MultiheadAttention`` do.

    Args:
        size: dimensions.
    """

    def __init__(self, size: BlockSize) -> None:
        super().__init__()
        self.heads, self.width, self.dropout = size.heads, size.width, size.dropout
        self.project_in = nn.Linear(size.width, 3 * size.width)  # rows: queries, keys, values
        self.project_out = nn.Linear(size.width, size.width)
        nn.init.xavier_uniform_(self.project_in.weight)
        nn.init.zeros_(self.project_in.bias)
        nn.init.zeros_(self.project_out.bias)

    def heard(self, x: Tensor) -> KeysValues:
        """Keys and values of x [N, E, D]."""
        weight, bias = self.project_in.weight[self.width :], self.project_in.bias[self.width :]
        keys, values = functional.linear(x, weight, bias).chunk(2, dim=-1)
        return KeysValues(self._by_head(keys), self._by_head(values))

    def forward(self, x: Tensor, heard: KeysValues, mask: Tensor | None) -> Tensor:
        """What is heard at each position.

        Args:
            x: [N, L, D].
            heard: of E positions.
            mask: bool, [N, 1, L, E] or what broadcasts to it: where a position is heard; or numbers to add to the
                scores, minus infinity where it is not. None: everywhere.

        Returns:
            [N, L, D].
        """
        weight, bias = self.project_in.weight[: self.width], self.project_in.bias[: self.width]
        queries = self._by_head(functional.linear(x, weight, bias))
        dropout = self.dropout if self.training else 0.0
        if mask is not None and mask.dtype != torch.bool:
            mask = mask.to(queries.dtype)
        mixed = functional.scaled_dot_product_attention(
            queries, heard.keys, heard.values, attn_mask=mask, dropout_p=dropout
        )
        result: Tensor = self.project_out(mixed.transpose(1, 2).flatten(2))
        return result

    def _by_head(self, x: Tensor) -> Tensor:
        """[N, L, D] as [N, H, L, D / H]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    """Self-attention, perhaps attention to a memory, and a feed-forward part, each with its layer norm.

    Args:
        size: dimensions.
        cross: whether a memory is heard.
        pre_norm: norms stand before the parts (ViT); else behind the sums (BERT, the first transformer).
        activation: of the feed-forward part.
    """

    def __init__(
        self, size: BlockSize, *, cross: bool = False, pre_norm: bool = False, activation: type[nn.Module] = nn.ReLU
    ) -> None:
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = Attention(size)
        self.cross_attention = Attention(size) if cross else None
        self.feedforward = nn.Sequential(
            nn.Linear(size.width, size.feedforward),
            activation(),
            nn.Dropout(size.dropout),
            nn.Linear(size.feedforward, size.width),
        )
        self.norms = nn.ModuleList(nn.LayerNorm(size.width) for _ in range(3 if cross else 2))
        self.dropout = nn.Dropout(size.dropout)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        *,
        before: KeysValues | None = None,
        memory: KeysValues | None = None,
        memory_mask: Tensor | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """One block.

        Args:
            x: [N, L, D].
            mask: bool [N, 1, L, E + L], where the positions before and those of x are heard.
            before: E positions that stand before x.
            memory: for the second attention; needed by a block that hears one.
            memory_mask: bool, broadcast over it.

        Returns:
            [N, L, D], and the keys and values of x.
        """
        given = self._given(0, x)
        own = self.attention.heard(given)
        x = self._joined(0, x, self.attention(given, before.then(own) if before else own, mask))
        if self.cross_attention is not None:
            assert memory is not None
            x = self._joined(1, x, self.cross_attention(self._given(1, x), memory, memory_mask))
        return self._joined(-1, x, self.feedforward(self._given(-1, x))), own

    def _given(self, part: int, x: Tensor) -> Tensor:
        return self.norms[part](x) if self.pre_norm else x

    def _joined(self, part: int, x: Tensor, change: Tensor) -> Tensor:
        x = x + self.dropout(change)
        return x if self.pre_norm else self.norms[part](x)


class Stack(nn.Module):
    """Blocks one after another.

    Args:
        blocks: of one width.
        norm: a layer norm behind the last; None for none.
    """

    def __init__(self, blocks: Sequence[Block], norm: nn.LayerNorm | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.norm = norm or nn.Identity()

    def memory(self, states: Tensor) -> tuple[KeysValues, ...]:
        """What each block's second attention hears of states [N, E, D]."""
        return tuple(block.cross_attention.heard(states) for block in self.blocks)  # type: ignore[union-attr,operator]

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        *,
        before: Sequence[KeysValues] = (),
        memory: Sequence[KeysValues] = (),
        memory_mask: Tensor | None = None,
    ) -> tuple[Tensor, tuple[KeysValues, ...]]:
        """All blocks; see :class:`Block`.

        Args:
            x: [N, L, D].
            mask: bool [N, 1, L, E + L].
            before: by block; empty for none.
            memory: by block; empty for none.
            memory_mask: bool, broadcast over the memory.

        Returns:
            [N, L, D], and by block the keys and values of its input.
        """
        own = []
        for i, block in enumerate(self.blocks):
            x, kept = block(
                x,
                mask,
                before=before[i] if before else None,
                memory=memory[i] if memory else None,
                memory_mask=memory_mask,
            )
            own.append(kept)
        return self.norm(x), tuple(own)


def causal(length: int, device: torch.device) -> Tensor:
    """A mask bool [L, L]: each position hears itself and those before."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()
