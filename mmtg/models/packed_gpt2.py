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

from mmtg.decoding.settings import DTYPES, DecodingSettings
from mmtg.models.quick import Map, quick


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


@dataclass
class Layer:
    """The parts of a block, ready to write."""

    norm_1: Map
    attention_in: Map  # [M, D] -> [M, 3 D]: query, key, value
    scale: float
    attention_out: Map
    norm_2: Map
    mlp_in: Map
    activation: Map
    mlp_out: Map

    @classmethod
    def of(cls, block: Any, settings: DecodingSettings) -> "Layer":
        """The parts of one of GPT-2's blocks."""
        attention, mlp = block.attn, block.mlp
        parts = block.ln_1, attention.c_attn, attention.c_proj, block.ln_2, mlp.c_fc, mlp.c_proj
        norm_1, attention_in, attention_out, norm_2, mlp_in, mlp_out = (quick(part, settings) for part in parts)
        return cls(norm_1, attention_in, attention.scaling, attention_out, norm_2, mlp_in, mlp.act, mlp_out)


class PackedGPT2:
    """The blocks of a GPT-2, which remember the tokens that each text was passed.

    A text's tokens stand in its cache from the left without gaps, however many its neighbours have; each listens to
    those before it and to itself.

    Args:
        gpt2: in evaluation mode.
        texts: N.
        room: C, most tokens of a text.
        settings: precision of layers and cache.
    """

    def __init__(self, gpt2: GPT2LMHeadModel, *, texts: int, room: int, settings: DecodingSettings) -> None:
        body: Any = gpt2.transformer
        self.body, config, dtype = body, gpt2.config, DTYPES[settings.dtype]
        self.layers = [Layer.of(block, settings) for block in body.h]
        self.norm = quick(body.ln_f, settings)
        self.shape = config.n_head, config.n_embd // config.n_head  # H, d
        # Zeros: a weight of 0 on a place not yet written must give 0. Memory is taken as places are written.
        self.cache = body.ln_f.weight.new_zeros(
            config.n_layer, 2, texts, self.shape[0], room, self.shape[1], dtype=dtype
        )
        self.lengths = torch.zeros(texts, dtype=torch.int64, device=self.cache.device)

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
        where, body = self._where(rows), self.body
        hidden = (inputs + body.wpe(positions) + body.wte(types)).to(self.cache.dtype)  # [M, D]
        for layer, (keys, values) in zip(self.layers, self.cache, strict=True):
            hidden = hidden + self._attend(layer, layer.norm_1(hidden), keys, values, where)
            hidden = hidden + layer.mlp_out(layer.activation(layer.mlp_in(layer.norm_2(hidden))))
        return self.norm(hidden)

    def _where(self, rows: Tensor) -> Where:
        """Makes room for tokens of the texts in ``rows``."""
        texts = len(self.lengths)
        counts = torch.bincount(rows, minlength=texts)  # [N]
        columns = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
        slots = self.lengths[rows] + columns
        self.lengths = self.lengths + counts
        own = slots.new_zeros(texts, int(counts.max()))  # [N, Q]
        own[rows, columns] = slots
        heard = torch.arange(int(self.lengths.max()), device=rows.device) <= own[..., None]  # [N, Q, K]
        bias = self.cache.new_zeros(heard.shape).masked_fill(~heard, -torch.inf)
        return Where(rows, columns, slots, bias[:, None])

    def _attend(self, layer: Layer, inputs: Tensor, keys: Tensor, values: Tensor, where: Where) -> Tensor:
        """Attention [M, D] of a layer, whose keys and values [N, H, C, d] grow in place."""
        query, key, value = (part.unflatten(1, self.shape) for part in layer.attention_in(inputs).chunk(3, dim=1))
        keys[where.rows, :, where.slots], values[where.rows, :, where.slots] = key, value
        reach = where.bias.shape[3]
        heard = functional.scaled_dot_product_attention(
            where.padded(query),
            keys[:, :, :reach],
            values[:, :, :reach],
            attn_mask=where.bias,
            scale=layer.scale,
        )  # [N, H, Q, d]
        return layer.attention_out(where.packed(heard))
