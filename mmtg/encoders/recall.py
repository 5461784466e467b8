"""How often an encoder finds the right concept for a picture it never saw.

Letters of shapes: N pictures, C concepts, W the width of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmtg.encoders.base import Encoder, unit
from mmtg.encoders.lessons import draw_pictures
from mmtg.world import CONCEPTS, World


def retrieval_recall(
    encoder: Encoder,
    world: World,
    *,
    pictures: int,
    seed: int,
    concepts: Sequence[str] | None = None,
    all_nouns: bool = True,
) -> float:
    """Give recall@1: the share of fresh pictures that lie nearest to the text of their own concept.

    Args:
        encoder: what is measured.
        world: draws the pictures, other ones than for training.
        pictures: N, how many; the concepts take turns.
        seed: of the pictures, >= 0.
        concepts: names of the concepts to tell apart; None: all.
        all_nouns: a concept's text is the mean of the vectors of its bare nouns; else its first noun alone.

    Returns:
        From 0 to 1; chance is one over the number of concepts.
    """
    names = list(concepts or CONCEPTS)
    rng = np.random.default_rng([seed, 1])
    right = [number % len(names) for number in range(pictures)]
    drawn = [picture for number in right for picture in draw_pictures(world, names[number], 1, rng)]
    texts = torch.stack([_concept_vector(encoder, name, all_nouns) for name in names])  # [C, W]
    nearest = (encoder.encode_images(drawn) @ texts.T).argmax(dim=1)  # [N]
    return float((nearest == torch.tensor(right)).float().mean())


def _concept_vector(encoder: Encoder, name: str, all_nouns: bool) -> Tensor:
    nouns = CONCEPTS[name].nouns
    return unit(encoder.encode_texts(nouns if all_nouns else nouns[:1]).mean(dim=0))
