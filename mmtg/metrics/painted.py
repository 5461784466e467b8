"""Whether painted pictures call for their own texts, and look like true ones (generate-it reference, section 5.1).

Letters of shapes: N pictures and their texts, W vector width.
"""

import numpy as np
import torch
from torch import Tensor

CANDIDATES = 100
"""Texts that a picture is held against, its own among them, as published."""


def r_precision(pictures: Tensor, texts: Tensor, of: Tensor, *, candidates: int = CANDIDATES, seed: int = 0) -> float:
    """How often a picture's own text is nearer to it than any of those drawn from other experiences.

    Args:
        pictures: [N, W] unit vectors.
        texts: [N, W] of their texts.
        of: int64 [N], numbers of their experiences.
        candidates: texts that a picture is held against; fewer where there are fewer.
        seed: of what is drawn.

    Returns:
        A share, of those pictures that have any other text to be held against; NaN of none.
    """
    rng, won = np.random.default_rng(seed), []
    for picture, own, number in zip(pictures, texts, of, strict=True):
        others = (of != number).nonzero().flatten().numpy()
        if len(others):
            drawn = rng.permutation(others)[: candidates - 1]
            won.append(bool((texts[drawn] @ picture < own @ picture).all()))
    return float(np.mean(won)) if won else float("nan")


def hard_r_precision(pictures: Tensor, texts: Tensor, of: Tensor) -> float:
    """The same among the texts of the same experience: whether a picture is that of its step.

    Args:
        pictures: [N, W] unit vectors.
        texts: [N, W] of their texts.
        of: int64 [N], numbers of their experiences.

    Returns:
        A share, of those pictures whose experience has another text; NaN of none.
    """
    nearness, same = pictures @ texts.T, of[:, None] == of
    own, diagonal = nearness.diagonal(), torch.eye(len(of), dtype=torch.bool)
    counted = (same & ~diagonal).any(dim=1)
    won = (nearness < own[:, None]) | ~same | diagonal
    return float(won.all(dim=1)[counted].double().mean())


def frechet_distance(made: Tensor, true: Tensor) -> float:
    """The Frechet distance of two normal distributions that have the means and covariances of some vectors.

    Published for features of Inception; here of any space (Heusel et al. 2017, equation 6).

    Args:
        made: [N, W].
        true: [M, W].

    Returns:
        At least 0, 0 where means and covariances are the same; NaN if there are fewer than two of either.
    """
    if min(len(made), len(true)) < 2:
        return float("nan")
    (centre, spread), (other, wanted) = (_centred(some.double()) for some in (made, true))
    # the trace of the root of the product of two covariances, without either: 2048 wide a root takes minutes
    shared = torch.linalg.svdvals(spread @ wanted.T).sum()
    distance = (centre - other).square().sum() + spread.square().sum() + wanted.square().sum() - 2 * shared
    return max(0.0, float(distance))


def _centred(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """The mean [W] of vectors [N, W], and R [min(N, W), W] where R.T @ R is their covariance."""
    centre = vectors.mean(0)
    return centre, torch.linalg.qr((vectors - centre) / (len(vectors) - 1) ** 0.5, mode="r").R
