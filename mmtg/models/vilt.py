"""ViLT: patches of pictures and text in one stream of ViT's blocks (CroMIC-CMT reference, section 8).

ViLT has no decoder. That it writes from left to right under the mask of :mod:`mmtg.models.single_stream` is our
choice; the authors' own was not found. Letters of shapes: as in :mod:`mmtg.models.post_network`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.posts.batch import PostBatch
from mmtg.errors import InputError
from mmtg.models.masking import Masking
from mmtg.models.post_network import Losses, target_loss
from mmtg.models.single_stream import SingleStream, start_as_bert


class ViLT(SingleStream):
    """Writes from left to right; where asked, also learns as ViLT does, from posts with text.

    Args:
        matching: learn to tell a post's own pictures from another's, and to predict hidden tokens of its text.
        masking: of the text; needed for matching.
        **shared: see :class:`mmtg.models.single_stream.SingleStream`, without ``pre_norm``.

    Raises:
        InputError: matching lacks its masking, or a network that predicts tokens.
    """

    def __init__(self, *, matching: bool = False, masking: Masking | None = None, **shared: Any) -> None:
        super().__init__(pre_norm=True, **shared)
        if matching and (masking is None or not self.replies):
            raise InputError("needs model.masked, and a network that writes replies", field="model.matching")
        self.masking = masking
        self.match_head = nn.Linear(self.size.width, 2) if matching else None
        if self.match_head is not None:
            self.match_head.apply(start_as_bert)

    def learn(self, batch: PostBatch) -> Losses:
        """Adds ``match_loss`` and ``text_loss`` where matching is learned; see :meth:`PostNetwork.learn`."""
        losses = super().learn(batch)
        if self.match_head is not None and batch.text.shape[1]:
            losses["match_loss"] = self._match_loss(batch, self.match_head)
            losses["text_loss"] = self._text_loss(batch)
        return losses

    def _match_loss(self, batch: PostBatch, head: nn.Linear) -> tuple[Tensor, int]:
        """Whose pictures? Half of the posts are shown another's; those without text or pictures do not count."""
        count = len(batch)
        other = exchanged(count, batch.text.device)
        own = other == torch.arange(count, device=other.device)
        memory = self.encode(batch.text, batch.pictures[other], batch.present[other])
        counted = (batch.text != self.pad).any(1) & batch.present.any(1) & batch.present[other].any(1) & (count > 1)
        logits = head(memory.states[:, 0])[counted]  # [B, 2]
        total = functional.cross_entropy(logits, own[counted].long(), reduction="sum")
        posts = int(counted.sum())
        return total / max(posts, 1), posts

    def _text_loss(self, batch: PostBatch) -> tuple[Tensor, int]:
        """Mean cross-entropy over hidden tokens of the posts' texts."""
        assert self.masking is not None
        open_to = batch.text != self.pad
        open_to[:, 0] = False  # the start token is always given
        hidden, chosen = self.masking.hide(batch.text, open_to)
        memory = self.encode(hidden, batch.pictures, batch.present)
        return target_loss(self.output, memory.states[:, : batch.text.shape[1]], batch.text, chosen)


def exchanged(count: int, device: torch.device) -> Tensor:
    """Whose pictures each post is shown: half of the posts, drawn, are shown those of another one.

    Args:
        count: B.
        device: of the result.

    Returns:
        int64 [B], the post's own place where nothing is exchanged.
    """
    places = torch.arange(count, device=device)
    if count < 2:
        return places
    moved = torch.rand(count, device=device).argsort() < count // 2
    shift = torch.randint(1, count, (count,), device=device)
    return torch.where(moved, (places + shift) % count, places)
