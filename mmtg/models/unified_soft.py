"""What the unified transformer learns from whole pictures: soft ones (generate-it reference, section 2.3).

Letters of shapes: B experiences, T steps, C cells, W width of a cell's vector, V of a picture's, K clusters.
"""

import torch
from torch import Tensor

from mmtg.encoders.base import unit
from mmtg.models.loss import Loss
from mmtg.models.unified_both import BothWays
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_settings import MSE, PAINT, SequenceLevel
from mmtg.randomness import Chance


def soft_vectors(scores: Tensor, codebook: Tensor, rule: SequenceLevel, numbers: Tensor | None) -> Tensor:
    """Cells as mixtures of centroids, through which gradients flow to the scores and not to the codebook.

    Args:
        scores: [B, C, K].
        codebook: [K, W].
        rule: the temperature.
        numbers: [B, C, K] in [0, 1), of which Gumbel noise is made; None for none.

    Returns:
        [B, C, W].
    """
    scores = scores.float()
    if numbers is not None:
        scores = scores - (-numbers.clamp(min=torch.finfo(numbers.dtype).tiny).log()).log().to(scores)
    return torch.softmax(scores / rule.temperature, dim=-1) @ codebook.float()


def nearness_loss(pictures: Tensor, heard: Tensor, there: Tensor) -> Tensor:
    """Less for pictures nearer to their texts: minus the mean of cosines above 0.

    Args:
        pictures: [B, T, V], of length 1.
        heard: [B, T, V], of the steps' lines, zeros where there are none.
        there: bool [B, T].

    Returns:
        A number.
    """
    near = (pictures * unit(heard)).sum(dim=-1).clamp(min=0)
    counted = there & heard.any(dim=-1)
    return -(near * counted).sum() / counted.sum().clamp(min=1)


def distance_loss(made: Tensor, true: Tensor, present: Tensor) -> Tensor:
    """Mean squared distance of painted cells from the true ones' centroids.

    Args:
        made: [B, C, W].
        true: [B, C, W].
        present: bool [B, C].

    Returns:
        A number.
    """
    return (made - true)[present].square().sum() / max(1, int(present.sum()) * made.shape[-1])


def painted_loss(model: BothWays, scene: Scene, heard: Tensor, rule: SequenceLevel, steps: int, chance: Chance) -> Loss:
    """What soft paintings are worth; gradients flow through them.

    Args:
        model: in training mode.
        scene: B experiences with their lines.
        heard: [B, T, V], of the steps' lines, where paintings are held against them.
        rule: whether they are.
        steps: T.
        chance: decides the noise.

    Returns:
        The loss; ``painted_nearness_loss`` or ``painted_distance``.
    """
    network = model.network(PAINT)
    scores = model.paint(scene).scores  # [B, C, K]
    numbers = chance.numbers("noise", *scores.shape[1:]).to(scores.device) if rule.noise else None
    made = soft_vectors(scores, network.codebook, rule, numbers)
    if rule.paints_by == MSE:
        true = network.vectors_of(network.clusters_of(scene.cells))
        value, name = distance_loss(made, true, scene.present), "painted_distance"
    else:
        there = scene.present.unflatten(1, (steps, -1)).any(dim=2)
        value, name = nearness_loss(model.whole(made, scene.present, steps), heard, there), "painted_nearness_loss"
    return Loss(rule.weight * value, {name: (value, len(scene))}, items=len(scene))
