"""A codebook of picture cells: k-means clusters of the training set's, made once (generate-it reference, section 1.3).

Letters of shapes: M cells, K clusters, W vector width.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.artefacts import Artefacts
from mmtg.errors import InputError
from mmtg.files import write_json

FORMAT = 2
"""Raise it when the same cells give other clusters."""

FILE, FIGURES = "centroids.npy", "figures.json"

AT_ONCE = 4096
"""Cells that are held against all centroids together, for figures: of all of them at once memory would not take it."""


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """How clusters are found; see ``model.codebook``.

    Attributes:
        clusters: K.
        vectors: most cells that are looked at, drawn evenly.
        batch_size: cells in a step of k-means.
        passes: most passes over the cells.
        seed: of what is drawn.

    Raises:
        InputError: a number is below 1.
    """

    clusters: int
    vectors: int
    batch_size: int
    passes: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("clusters", "vectors", "batch_size", "passes"):
            if getattr(self, name) < 1:
                field = "model.size.unified_clusters" if name == "clusters" else f"model.codebook.{name}"
                raise InputError(f"is {getattr(self, name)}; must be at least 1", field=field)

    def sample(self, count: int) -> np.ndarray:
        """Places of the cells that are looked at, among ``count``, in order."""
        if count <= self.vectors:
            return np.arange(count)
        return np.sort(np.random.default_rng(self.seed).choice(count, self.vectors, replace=False))

    def centroids(self, cells: np.ndarray) -> np.ndarray:
        """Centres of clusters.

        Args:
            cells: float32 [M, W].

        Returns:
            float32 [K, W].

        Raises:
            InputError: there are fewer cells than clusters.
        """
        from sklearn.cluster import MiniBatchKMeans  # half a second that most runs do not need

        if len(cells) < self.clusters:
            what = f"is {self.clusters}, but there are only {len(cells)} cells of pictures to cluster"
            raise InputError(what, field="model.size.unified_clusters")
        found = MiniBatchKMeans(
            self.clusters, batch_size=self.batch_size, max_iter=self.passes, random_state=self.seed, n_init=1
        ).fit(cells)
        centres: np.ndarray = found.cluster_centers_.astype(np.float32)
        return centres


@dataclass(frozen=True)
class Codes:
    """A codebook.

    Attributes:
        centroids: float32 [K, W].
        figures: ``codebook/cosine`` and ``codebook/used``.
    """

    centroids: Tensor
    figures: dict[str, float]


def codebook(
    cells: Callable[[], Tensor], clustering: Clustering, artefacts: Artefacts, key: Mapping[str, Any]
) -> Codes:
    """The codebook of some cells, made now if it is not kept.

    Args:
        cells: gives them, float32 [M, W], where the codebook is not kept.
        clustering: how they are clustered.
        artefacts: where codebooks are kept.
        key: plain data that decide the cells.

    Returns:
        The codebook.
    """

    def make(folder: Path) -> None:
        given = cells()
        centroids = clustering.centroids(given.numpy())
        np.save(folder / FILE, centroids)
        write_json(folder / FIGURES, _figures(given, torch.from_numpy(centroids)))

    path = artefacts.ensure("codebook", {**key, "format": FORMAT, "clustering": vars(clustering)}, make)
    figures = json.loads((path / FIGURES).read_text(encoding="utf-8"))
    return Codes(torch.from_numpy(np.load(path / FILE)), figures)


def nearest(vectors: Tensor, centroids: Tensor) -> Tensor:
    """The nearest centroid's number for vectors [..., W], by distance: int64 [...]."""
    with torch.autocast(vectors.device.type, enabled=False):  # half precision would confuse neighbours
        far = centroids.float().square().sum(1) / 2 - vectors.float() @ centroids.float().T  # [..., K]
    return far.argmin(dim=-1)


def _figures(cells: Tensor, centroids: Tensor) -> dict[str, float]:
    """How near cells are to their centroids, the ceiling of painting; and the share of clusters in use."""
    parts = cells.split(AT_ONCE)
    ids = torch.cat([nearest(part, centroids) for part in parts])
    near = torch.cat(
        [torch.cosine_similarity(part, centroids[of]) for part, of in zip(parts, ids.split(AT_ONCE), strict=True)]
    )
    return {"codebook/cosine": float(near.mean()), "codebook/used": len(ids.unique()) / len(centroids)}
