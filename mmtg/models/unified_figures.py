"""Figures of what the unified transformer painted to the texts of a test.

Letters of shapes: T steps, N pictures, W vector width.
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
from mmtg.metrics.painted import hard_r_precision, r_precision
from mmtg.metrics.registry import figures_of, present


@dataclass(frozen=True)
class Painted:
    """The pictures of an experience.

    Attributes:
        index: of the experience.
        cosines: of each painted cell and the true one, where there is one.
        right: of each such cell, whether its cluster is the true one's.
        pictures: [T, W], of length 1; zeros where there is no picture.
        true: [T, W], the same of the true pictures.
    """

    index: int
    cosines: list[float]
    right: list[bool]
    pictures: Tensor
    true: Tensor


def painted_figures(
    painted: Sequence[Painted], samples: Sequence[Mapping[str, Any]], encoder: Encoder | None, *, lines_per_step: int
) -> dict[str, float]:
    """How near paintings are to the true pictures, and how surely they call for their own lines.

    Args:
        painted: of all experiences.
        samples: of the test, in the order of their indices; ``reference`` are the lines.
        encoder: of lines; None where there is none.
        lines_per_step: lines that belong to a picture.

    Returns:
        ``painted_cosine``, ``painted_accuracy``; with an encoder ``painted_r_precision`` among a hundred and
        ``painted_r_precision_hard`` among the lines of the same experience, each with its ``_ceiling``, of the true
        pictures. Those that cannot be computed are absent.
    """
    cosines = [cosine for one in painted for cosine in one.cosines]
    if not cosines:
        return {}
    right = [hit for one in painted for hit in one.right]
    figures = {"painted_cosine": float(np.mean(cosines)), "painted_accuracy": float(np.mean(right))}
    if encoder is None:
        return figures
    ordered = sorted(painted, key=lambda one: one.index)
    said = [
        _steps(sample["reference"], lines_per_step, len(one.true)) for one, sample in zip(ordered, samples, strict=True)
    ]
    kept = [
        (i, step)
        for i, one in enumerate(ordered)
        for step in range(len(one.true))
        if one.true[step].any() and said[i][step]
    ]
    if not kept:
        return figures
    texts = encoder.encode_texts([said[i][step] for i, step in kept])
    of = torch.tensor([i for i, _ in kept])
    for end in ("", "_ceiling"):
        pictures = torch.stack([(ordered[i].true if end else ordered[i].pictures)[step] for i, step in kept])
        figures[f"painted_r_precision{end}"] = r_precision(pictures, texts, of)
        figures[f"painted_r_precision_hard{end}"] = hard_r_precision(pictures, texts, of)
    return present(figures)


def diversity_figures(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How little several texts, the lines of a sample, repeat one another: ``div_1`` and ``div_2``."""
    items = sample_items(samples)
    return figures_of(items, metrics={f"div_{n}": plain(Diversity, n) for n in (1, 2)})


def _steps(lines: Sequence[str], each: int, steps: int) -> list[str]:
    """The lines of each step as one text."""
    return ["\n".join(lines[step * each : (step + 1) * each]).strip() for step in range(steps)]
