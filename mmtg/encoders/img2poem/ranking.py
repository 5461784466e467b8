"""The ranking loss of visual-poetic alignment, as the paper has it and as its two ports compute it.

Source: img2poem reference, section 1.3. Letters of shapes: B pairs of a picture and its poem, K joint width.
"""

from __future__ import annotations

import torch
from torch import Tensor

FORMS = ("paper", "ports")


def paper_loss(
    images: Tensor, poems: Tensor, *, margin: float, poem_negatives: Tensor, image_negatives: Tensor
) -> Tensor:
    """Hinges over k unpaired poems of each picture and k unpaired pictures of each poem, both summed; mean over pairs.

    Args:
        images: [B, K] pictures in the joint space.
        poems: [B, K] their poems.
        margin: alpha.
        poem_negatives: [B, B] bool, which poems are held against each picture.
        image_negatives: [B, B] bool, which pictures are held against each poem.

    Returns:
        A number.
    """
    scores = images @ poems.T  # [B, B], pictures by poems
    own = scores.diagonal().unsqueeze(1)  # [B, 1]
    of_images = (margin - own + scores).relu() * poem_negatives
    of_poems = (margin - own + scores.T).relu() * image_negatives
    return (of_images + of_poems).sum() / len(images)


def ports_loss(images: Tensor, poems: Tensor, negatives: Tensor, *, margin: float) -> Tensor:
    """What both ports compute: one unpaired pair for each, the second term anchored on the unpaired poem.

    Args:
        images: [B, K] pictures; rows are scaled to length 1 here, without epsilon.
        poems: [B, K] their poems; likewise.
        negatives: [B] the row that is unpaired with each.
        margin: alpha.

    Returns:
        [B] losses, of which the ports take the mean.
    """
    images, poems = scaled_rows(images), scaled_rows(poems)
    others, other_poems = images[negatives], poems[negatives]
    to_poem = margin - (images * poems).sum(1) + (images * other_poems).sum(1)
    to_image = margin - (other_poems * others).sum(1) + (other_poems * images).sum(1)
    return to_poem.relu() + to_image.relu()


def scaled_rows(vectors: Tensor) -> Tensor:
    """Rows [B, K] at length 1, without an epsilon as in the ports."""
    return vectors / vectors.norm(dim=1, keepdim=True)


def strangers(poems: Tensor, pictures: Tensor) -> Tensor:
    """Which pairs may be held against which: those that share neither poem nor picture.

    Args:
        poems: [B] number of each poem; equal texts have equal numbers.
        pictures: [B] number of each picture.

    Returns:
        [B, B] bool, symmetric, False on the diagonal.
    """
    return (poems.unsqueeze(0) != poems.unsqueeze(1)) & (pictures.unsqueeze(0) != pictures.unsqueeze(1))


def draw_negatives(allowed: Tensor, count: int) -> Tensor:
    """Draw negatives for each row, without replacement, by torch's chance.

    Args:
        allowed: [B, B] bool.
        count: k; rows that may have fewer get all of theirs.

    Returns:
        [B, B] bool, at most k true in a row, none where it is not allowed.
    """
    order = torch.rand(allowed.shape, device=allowed.device).masked_fill(~allowed, -1.0)
    chosen = order.topk(min(count, allowed.shape[1]), dim=1).indices
    return torch.zeros_like(allowed).scatter_(1, chosen, True) & allowed


def draw_others(count: int, device: torch.device | None = None) -> Tensor:
    """Another row for each of B rows, evenly drawn, as the ports do: [B]; needs two rows."""
    return (torch.arange(count, device=device) + torch.randint(1, count, (count,), device=device)) % count
