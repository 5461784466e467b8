"""GPT-2 over ragged texts: tokens of all texts side by side, without padding, and a cache allocated once.

Letters of shapes: N texts, M tokens passed at once, D width, H heads, C room of the cache, Q most tokens of one text
among the M, K most tokens of a text in the cache.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GPT2LMHeadModel


@dataclass
class Where:
    """Where the M tokens stand in the cache."""

    rows: Tensor  # int64 [M], the text of each
    columns: Tensor  # int64 [M], which of its text's tokens in this pass
    slots: Tensor  # int64 [M], place in its text's cache
    bias: Tensor  # [N, 1, Q, K], -inf where a token may not listen

    def padded(self, packed: Tensor) -> Tensor:
        """[N, H, Q, d] of what is packed, [M, H, d]; 0 where a text has no token."""
        out = packed.new_zeros(self.bias.shape[0], self.bias.shape[2], *packed.shape[1:])  # [N, Q, H, d]
        out[self.rows, self.columns] = packed
        return out.transpose(1, 2)

    def packed(self, padded: Tensor) -> Tensor:
        """[M, D] of what is padded, [N, H, Q, d]."""
        return padded.transpose(1, 2)[self.rows, self.columns].flatten(1)


class PackedGPT2:
    """The blocks of a GPT-2, which remember the tokens that each text was passed.

    A text's tokens stand in its cache from the left without gaps, however many its neighbours have; each listens to
    those before it and to itself.

    Args:
        gpt2: in evaluation mode.
        texts: N.
        room: C, most tokens of a text.
    """

    def __init__(self, gpt2: GPT2LMHeadModel, *, texts: int, room: int) -> None:
        self.gpt2, config = gpt2, gpt2.config
        self.shape = config.n_head, config.n_embd // config.n_head  # H, d
        first = gpt2.transformer.ln_f.weight
        # Zeros: a weight of 0 on a place not yet written must give 0. Memory is taken as places are written.
        self.cache = first.new_zeros(config.n_layer, 2, texts, self.shape[0], room, self.shape[1])
        self.lengths = torch.zeros(texts, dtype=torch.int64, device=first.device)

    def __call__(self, inputs: Tensor, types: Tensor, positions: Tensor, rows: Tensor) -> Tensor:
        """Passes tokens on.

        Args:
            inputs: [M, D].
            types: int64 [M] token types.
            positions: int64 [M].
            rows: int64 [M] the text of each, ascending.

        Returns:
            Hidden states [M, D] after the last layer norm.
        """
        body: Any = self.gpt2.transformer
        where = self._where(rows, inputs.dtype)
        hidden = inputs + body.wpe(positions) + body.wte(types)
        for block, (keys, values) in zip(body.h, self.cache, strict=True):
            hidden = hidden + self._attend(block.attn, block.ln_1(hidden), keys, values, where)
            hidden = hidden + block.mlp(block.ln_2(hidden))
        out: Tensor = body.ln_f(hidden)
        return out

    def _where(self, rows: Tensor, dtype: torch.dtype) -> Where:
        """Makes room for tokens of the texts in ``rows``."""
        texts = len(self.lengths)
        counts = torch.bincount(rows, minlength=texts)  # [N]
        columns = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
        slots = self.lengths[rows] + columns
        self.lengths = self.lengths + counts
        own = slots.new_zeros(texts, int(counts.max()))  # [N, Q]
        own[rows, columns] = slots
        heard = torch.arange(int(self.lengths.max()), device=rows.device) <= own[..., None]  # [N, Q, K]
        bias = torch.zeros(heard.shape, dtype=dtype, device=rows.device).masked_fill(~heard, -torch.inf)
        return Where(rows, columns, slots, bias[:, None])

    def _attend(self, attention: Any, inputs: Tensor, keys: Tensor, values: Tensor, where: Where) -> Tensor:
        """Attention [M, D] of a layer, whose keys and values [N, H, C, d] grow in place."""
        query, key, value = (part.unflatten(1, self.shape) for part in attention.c_attn(inputs).chunk(3, dim=1))
        keys[where.rows, :, where.slots], values[where.rows, :, where.slots] = key, value
        reach = where.bias.shape[3]
        heard = functional.scaled_dot_product_attention(
            where.padded(query),
            keys[:, :, :reach],
            values[:, :, :reach],
            attn_mask=where.bias,
            scale=attention.scaling,
        )  # [N, H, Q, d]
        out: Tensor = attention.c_proj(where.packed(heard))
        return out
