"""The unified transformer as decoding sees it, in both directions.

Text is written a token at a time, every token with a pass over all that stands before: where a mask stands for the
token to come, what stands before hears it, and changes with every token. Letters of shapes: B experiences, C cells,
V tokens, K clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmtg.decoding.mask_predict import Filled, mask_predict
from mmtg.models.unified_inputs import Scene, text_before, text_up_to, whole_text
from mmtg.models.unified_network import UnifiedNetwork


@dataclass(frozen=True)
class TextSteps:
    """Writes lines; see :class:`mmtg.decoding.step_model.StepModel`.

    Attributes:
        network: in evaluation mode.
        mask: the mask's token, which is predicted; None where the last token predicts the next.
    """

    network: UnifiedNetwork
    mask: int | None

    def start(self, scene: Scene) -> Scene:
        """The scene without its lines."""
        return replace(scene, lines=scene.lines[:, :0])

    def step(self, tokens: Tensor, scene: Scene) -> tuple[Tensor, Scene]:
        """Hears one more token of each, int64 [B]; scores [B, V] of what follows."""
        scene, pad = scene.then(tokens), self.network.pad
        if self.mask is None:
            given, hearing = scene, text_before(scene, pad=pad)
        else:
            given = scene.then(torch.full_like(tokens, self.mask))
            last = torch.full_like(tokens, given.lines.shape[1] - 1)
            hearing = text_up_to(given, last, pad=pad)
        states = self.network(given, hearing).lines[:, -1]
        return self.network.text_scores(states), scene


def paint(network: UnifiedNetwork, scene: Scene, *, iterations: int) -> Filled:
    """Clusters of all cells from the text.

    Args:
        network: its mode is left as it is.
        scene: B experiences; of their cells counts only which are there.
        iterations: of mask-predict.

    Returns:
        Clusters [B, C] and their scores [B, C, K].
    """
    hearing = whole_text(scene, pad=network.pad)

    def score(clusters: Tensor, hidden: Tensor) -> Tensor:
        given = replace(scene, cells=network.vectors_of(clusters))
        return network.cell_scores(network(given, hearing, hidden).cells)

    nothing = torch.zeros(scene.present.shape, dtype=torch.int64, device=scene.device)
    return mask_predict(score, nothing, scene.present, iterations=iterations)
