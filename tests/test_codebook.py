"""Codebooks of picture cells."""

import pytest
import torch

from mmtg.artefacts import Artefacts
from mmtg.codebook import Clustering, codebook, nearest
from mmtg.errors import InputError

RULE = {"clusters": 4, "vectors": 1000, "batch_size": 64, "passes": 20, "seed": 1}


def clouds(count=50, seed=0):
    """Cells close around four far centres."""
    centres = 3 * torch.eye(4)
    noise = 0.1 * torch.randn(4, count, 4, generator=torch.Generator().manual_seed(seed))
    return (centres[:, None] + noise).flatten(0, 1)


def test_clusters_are_found_once_and_kept(tmp_path):
    cells, artefacts, asked = clouds(), Artefacts(tmp_path), []
    found = [codebook(lambda: asked.append(1) or cells, Clustering(**RULE), artefacts, {"of": "x"}) for _ in range(2)]
    assert len(asked) == 1
    assert torch.equal(found[0].centroids, found[1].centroids)
    assert found[0].figures == found[1].figures
    assert found[0].figures["codebook/used"] == 1
    assert found[0].figures["codebook/cosine"] > 0.99
    assert sorted(found[0].centroids.argmax(1).tolist()) == [0, 1, 2, 3]


def test_the_nearest_is_nearest():
    vectors, centroids = torch.randn(2, 3, 5), torch.randn(7, 5)
    assert torch.equal(nearest(vectors, centroids), torch.cdist(vectors.flatten(0, 1), centroids).argmin(1).view(2, 3))


def test_cells_are_drawn_without_repetition():
    rule = Clustering(**{**RULE, "vectors": 10})
    drawn = rule.sample(100)
    assert len(set(drawn.tolist())) == 10
    assert (drawn == rule.sample(100)).all()
    assert rule.sample(4).tolist() == [0, 1, 2, 3]


def test_mistakes_are_named():
    with pytest.raises(InputError, match="unified_clusters"):
        Clustering(**RULE).centroids(clouds()[:3].numpy())
    with pytest.raises(InputError, match=r"model\.codebook\.passes"):
        Clustering(**{**RULE, "passes": 0})
