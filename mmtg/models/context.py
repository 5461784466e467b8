"""What the lyrics decoder is given beside its own tokens: a prompt in front of the lines, a context at each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mmtg.data.batch import TextBatch


@dataclass(frozen=True)
class Fusion:
    """How a context joins a token's vector."""

    join: Callable[[Tensor, Tensor], Tensor]
    neutral: float  # context that changes nothing


FUSIONS = {"add": Fusion(torch.add, 0.0), "multiply": Fusion(torch.mul, 1.0)}
"""The fusions of the paper and of its ablation "sent.mul" (MMTG reference, sections 2.5 and 2.6)."""


@dataclass
class Context:
    """A vector for each step, which joins the tokens of that step's lines."""

    vectors: Tensor  # [B, T, W]
    step_of_position: Tensor  # int64 [L], T at positions that hear nothing
    fusion: Fusion

    def join(self, tokens: Tensor, places: Tensor) -> Tensor:
        """Token vectors [B, n, W] at lyric positions [B, n], each joined by the vector of its step."""
        with_neutral = functional.pad(self.vectors, (0, 0, 0, 1), value=self.fusion.neutral)  # [B, T + 1, W]
        steps = self.step_of_position[places]  # [B, n]
        own = with_neutral.gather(1, steps[..., None].expand(-1, -1, tokens.shape[2]))  # [B, n, W]
        return self.fusion.join(tokens, own)

    def join_packed(self, tokens: Tensor, places: Tensor, rows: Tensor) -> Tensor:
        """Token vectors [M, W] of the texts ``rows`` [M] at lyric positions [M], each joined by its step's vector."""
        with_neutral = functional.pad(self.vectors, (0, 0, 0, 1), value=self.fusion.neutral)  # [B, T + 1, W]
        return self.fusion.join(tokens, with_neutral[rows, self.step_of_position[places]])

    def select(self, rows: Tensor) -> "Context":
        """The context of some rows, an int64 tensor."""
        return Context(self.vectors[rows], self.step_of_position, self.fusion)


@dataclass
class Prompt:
    """What stands in front of the lines; P positions, which may be none."""

    vectors: Tensor  # [B, P, W], as tokens' vectors
    types: Tensor  # int64 [B, P]
    mask: Tensor  # int64 [B, P]
    positions: Tensor  # int64 [P]
    offset: int  # position of the first lyric token

    def select(self, rows: Tensor) -> "Prompt":
        """The prompt of some rows, an int64 tensor."""
        return Prompt(self.vectors[rows], self.types[rows], self.mask[rows], self.positions, self.offset)


def topic_prompt(batch: TextBatch, table: Tensor, *, positions: int) -> Prompt:
    """The topic of each text, as a prompt.

    Args:
        batch: B texts.
        table: [V, W] vectors of tokens.
        positions: that the topic takes, P or more; 0 leaves it out.

    Returns:
        The prompt.
    """
    kept = min(positions, batch.topic_ids.shape[1])
    ids, types, mask = (part[:, :kept] for part in (batch.topic_ids, batch.topic_types, batch.topic_mask))
    places = torch.arange(kept, device=ids.device)
    return Prompt(functional.embedding(ids, table), types, mask, places, positions)


def extended(prompt: Prompt, vectors: Tensor, types: Tensor) -> Prompt:
    """A prompt with K more vectors behind it.

    Args:
        prompt: of B texts.
        vectors: [B, K, W].
        types: int64 [K].

    Returns:
        The longer prompt.
    """
    rows, count = vectors.shape[:2]
    places = prompt.offset + torch.arange(count, device=vectors.device)
    return Prompt(
        torch.cat([prompt.vectors, vectors], dim=1),
        torch.cat([prompt.types, types.expand(rows, -1)], dim=1),
        torch.cat([prompt.mask, prompt.mask.new_ones(rows, count)], dim=1),
        torch.cat([prompt.positions, places]),
        prompt.offset + count,
    )
