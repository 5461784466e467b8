"""Experiences as posts: topic and texts are the post's text, the lines are what is written to it.

Letters of shapes: B experiences, T steps, P tokens of a topic or text, Q tokens of all of them.
"""

import torch
from torch import Tensor

from mmtg.data.pictured import PicturedBatch
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.batch import PostBatch


def posts_of(
    batch: PicturedBatch, vocabulary: PostVocabulary, *, modality: str, positive_from: int | None
) -> PostBatch:
    """A post of each experience: ``[CLS] topic [SEP] text [SEP] text [SEP] ...``, with its pictures and its lines.

    Args:
        batch: B experiences.
        vocabulary: of all tokens.
        modality: ``both``, ``pictures`` (no text) or ``texts`` (no picture).
        positive_from: experiences rated lower are left out; None for all, without their lines.

    Returns:
        The posts.
    """
    pad = vocabulary.pad
    heard = batch.step_words.masked_fill(~batch.text_present[..., None], pad)  # [B, T, P]
    text = closed_up(torch.cat([batch.topic_words, heard.flatten(1)], dim=1), pad)  # [B, Q]
    if modality == "pictures":
        text = text[:, :0]
    seen = 0 if modality == "texts" else None
    kept = torch.arange(len(batch), device=batch.index.device)
    if positive_from is not None:
        kept = (batch.rating >= positive_from).nonzero().flatten()
    return PostBatch(
        index=batch.index[kept],
        text=text[kept],
        pictures=batch.pictures[kept, :seen],
        present=batch.image_present[kept, :seen],
        replies=batch.reply[kept] if positive_from is not None else batch.reply[:0],
        of=torch.arange(len(kept) if positive_from is not None else 0, device=kept.device),
        votes=torch.zeros(len(kept), 0, device=kept.device),
    )


def closed_up(ids: Tensor, pad: int) -> Tensor:
    """Rows with their padding moved behind everything else, and cut where all of them are padding: [B, Q]."""
    empty = ids == pad
    order = empty.to(torch.int8).argsort(dim=1, stable=True)
    return ids.gather(1, order)[:, : int((~empty).sum(dim=1).max()) if len(ids) else 0]
