"""Unified VLP on grid vectors: replies learned by masked prediction, in one stream (CroMIC-CMT reference, section 8).

Letters of shapes: as in :mod:`mmtg.models.post_network`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmtg.data.posts.batch import PostBatch
from mmtg.errors import InputError
from mmtg.models.attention_blocks import causal
from mmtg.models.masking import Masking
from mmtg.models.post_memory import Memory, State
from mmtg.models.post_network import target_loss
from mmtg.models.single_stream import REPLY, SingleStream


class UnifiedVLP(SingleStream):
    """Predicts hidden tokens of replies; writes by predicting a mask behind what is written.

    Args:
        masking: of replies.
        one_way: probability that a reply hears as in writing, the source and what stands before; else source and reply
            hear each other whole (published 0.75).
        **shared: see :class:`mmtg.models.single_stream.SingleStream`, without ``pre_norm``.

    Raises:
        InputError: no probability.
    """

    def __init__(self, *, masking: Masking, one_way: float = 0.75, **shared: Any) -> None:
        super().__init__(pre_norm=False, **shared)
        if not 0 <= one_way <= 1:
            raise InputError(f"is {one_way}; must be in 0..1", field="model.masked.seq2seq")
        self.masking, self.one_way = masking, one_way

    def reply_loss(self, memory: Memory, batch: PostBatch) -> tuple[Tensor, int]:
        """Mean cross-entropy over the hidden tokens of all replies of the batch; random."""
        replies, of = batch.replies, batch.of
        open_to = replies != self.pad
        open_to[:, 0] = False  # the start token is always given
        hidden, chosen = self.masking.hide(replies, open_to)
        one_way = torch.rand(len(replies), device=replies.device) < self.one_way
        parts = [self._one_way(memory, of[one_way], hidden[one_way])]
        parts.append(self._both_ways(memory, of[~one_way], hidden[~one_way]))
        order = torch.cat([one_way.nonzero(), (~one_way).nonzero()]).flatten()
        return target_loss(self.output, torch.cat(parts), replies[order], chosen[order])

    def _one_way(self, memory: Memory, of: Tensor, replies: Tensor) -> Tensor:
        """States [N, R, D] of replies that hear the source, themselves and what stands before."""
        return self.reply_states(memory, of, self.embed(replies, REPLY), self._causal(replies))

    def _both_ways(self, memory: Memory, of: Tensor, replies: Tensor) -> Tensor:
        """States [N, R, D] of replies where all hear all."""
        inputs = torch.cat([memory.inputs.index_select(0, of), self.embed(replies, REPLY)], dim=1)  # [N, L + R, D]
        mask = torch.cat([memory.mask.index_select(0, of), replies != self.pad], dim=1)  # [N, L + R]
        states, _ = self.layers(inputs, mask[:, None, None])
        return states[:, -replies.shape[1] :]

    def reply_logits(self, memory: Memory, of: Tensor, inputs: Tensor) -> Tensor:
        """Scores of next tokens; each by a mask at its place, all in one pass.

        Args:
            memory: of B posts.
            of: int64 [N].
            inputs: int64 [N, R].

        Returns:
            [N, R, V].
        """
        length = inputs.shape[1]
        tokens = self.embed(inputs, REPLY)
        masks = self.embed(torch.full_like(inputs, self.masking.mask), REPLY, offset=1)
        before, alone = causal(length, inputs.device), torch.eye(length, dtype=torch.bool, device=inputs.device)
        # A token hears tokens up to itself; the mask behind it hears the same tokens, and itself.
        mask = torch.cat([torch.cat([before, before]), torch.cat([alone & False, alone])], dim=1)  # [2 R, 2 R]
        there = torch.cat([inputs != self.pad, torch.ones_like(inputs, dtype=torch.bool)], dim=1)  # [N, 2 R]
        states = self.reply_states(memory, of, torch.cat([tokens, masks], dim=1), mask & there[:, None, None])
        return self.output(states[:, length:])

    def step(self, token: Tensor, state: State) -> tuple[Tensor, State]:
        """Write on: the token, and a mask behind it, which is not kept; see :meth:`PostNetwork.step`."""
        pair = torch.stack([token, torch.full_like(token, self.masking.mask)], dim=1)  # [N, 2]
        states, state = self.written(self.embed(pair, REPLY, state.count), state)
        return self.output(states[:, 1]), state
