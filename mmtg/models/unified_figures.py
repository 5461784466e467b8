"""Figures of what the unified transformer painted to the texts of a test.

Letters of shapes: N experiences, T steps, V vector width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.encoders.base import Encoder
from mmtg.metrics.distinct import Diversity
from mmtg.metrics.figures import sample_items
from mmtg.metrics.named import plain
from mmtg.metrics.painted import frechet_distance, hard_r_precision, r_precision
from mmtg.metrics.registry import figures_of, present
from mmtg.models.unified_both import BothWays
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_settings import PAINT


@dataclass(frozen=True)
class Painted:
    """The pictures of an experience; their vectors are of length 1, zeros where there is no picture.

    Attributes:
        index: of the experience.
        right: of each cell, whether its cluster is the true one's.
        pictures: [T, V], painted.
        true: [T, V].
        nearest: [T, V], of the true cells' clusters: nothing that is painted can be nearer than about that.
    """

    index: int
    right: list[bool]
    pictures: Tensor
    true: Tensor
    nearest: Tensor


@torch.inference_mode()
def painted(model: BothWays, scene: Scene, indices: Sequence[int], steps: int) -> list[Painted]:
    """Paints experiences to their lines.

    Args:
        model: in evaluation mode.
        scene: B experiences.
        indices: of them, B.
        steps: T.

    Returns:
        What was painted of each.
    """
    network = model.network(PAINT)
    ids, clusters = model.paint(scene).ids, network.clusters_of(scene.cells)  # [B, C]
    given = (network.vectors_of(ids), scene.cells, network.vectors_of(clusters))
    pictures = zip(*(model.whole(cells, scene.present, steps).cpu() for cells in given), strict=True)
    rows = zip(indices, scene.present, ids == clusters, pictures, strict=True)
    return [Painted(index, hits[there].tolist(), *own) for index, there, hits, own in rows]


def painted_figures(
    pictures: Sequence[Painted], samples: Sequence[Mapping[str, Any]], encoder: Encoder | None, *, lines_per_step: int
) -> dict[str, float]:
    """How near paintings are to the true pictures, and how surely they call for their own lines.

    Args:
        pictures: of all experiences.
        samples: of the test, in the order of their indices; ``reference`` are the lines.
        encoder: of lines; None where there is none.
        lines_per_step: lines that belong to a picture.

    Returns:
        ``painted_accuracy`` of cells; ``painted_cosine`` and ``painted_frechet`` of pictures; with an encoder
        ``painted_r_precision`` among a hundred and ``painted_r_precision_hard`` among the lines of the same experience.
        Behind ``_ceiling`` stands the same of the true cells' clusters. Those that cannot be computed are absent.
    """
    ordered = sorted(pictures, key=lambda one: one.index)
    there = [one.true.any(dim=1) for one in ordered]
    if not any(bool(some.any()) for some in there):
        return {}
    figures = {"painted_accuracy": float(np.mean([hit for one in ordered for hit in one.right]))}
    true = torch.cat([one.true[some] for one, some in zip(ordered, there, strict=True)])
    said = [_steps(sample["reference"], lines_per_step, len(one)) for one, sample in zip(there, samples, strict=True)]
    spoken = [torch.tensor([bool(text) for text in texts]) & some for texts, some in zip(said, there, strict=True)]
    of, step = (places.flatten() for places in torch.stack(spoken).nonzero(as_tuple=True))
    texts = (
        encoder.encode_texts([said[i][k] for i, k in zip(of.tolist(), step.tolist(), strict=True)]) if encoder else None
    )
    for end, name in (("", "pictures"), ("_ceiling", "nearest")):
        made = torch.stack([getattr(one, name) for one in ordered])  # [N, T, V]
        figures[f"painted_cosine{end}"] = float((made[torch.stack(there)] * true).sum(dim=1).mean())
        figures[f"painted_frechet{end}"] = frechet_distance(made[torch.stack(there)], true)
        if texts is not None:
            figures[f"painted_r_precision{end}"] = r_precision(made[of, step], texts, of)
            figures[f"painted_r_precision_hard{end}"] = hard_r_precision(made[of, step], texts, of)
    return present(figures)


def diversity_figures(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How little several texts, the lines of a sample, repeat one another: ``div_1`` and ``div_2``."""
    items = sample_items(samples)
    return figures_of(items, metrics={f"div_{n}": plain(Diversity, n) for n in (1, 2)})


def _steps(lines: Sequence[str], each: int, steps: int) -> list[str]:
    """The lines of each step as one text."""
    return ["\n".join(lines[step * each : (step + 1) * each]).strip() for step in range(steps)]
