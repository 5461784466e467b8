"""The unified transformer as decoding sees it, in both directions.

Text is written a token at a time. Where a mask stands for the token to come, what stands before hears it and changes
with every token, so that each takes a pass over all; else what was heard is kept. Letters of shapes: B experiences, C
cells, V tokens, K clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmtg.decoding.mask_predict import Filled, mask_predict
from mmtg.models.unified_inputs import Scene, text_up_to, whole_text
from mmtg.models.unified_network import UnifiedNetwork, Written


@dataclass(frozen=True)
class MaskedSteps:
    """Writes lines by predicting a mask behind them; see :class:`mmtg.decoding.step_model.StepModel`.

    Attributes:
        network: in evaluation mode.
        mask: the mask's token.
    """

    network: UnifiedNetwork
    mask: int

    def start(self, scene: Scene) -> Scene:
        """The scene without its lines."""
        return replace(scene, lines=scene.lines[:, :0])

    def step(self, tokens: Tensor, scene: Scene) -> tuple[Tensor, Scene]:
        """Hears one more token of each, int64 [B]; scores [B, V] of what follows."""
        scene = scene.then(tokens)
        given = scene.then(torch.full_like(tokens, self.mask))
        last = torch.full_like(tokens, given.lines.shape[1] - 1)
        states = self.network(given, text_up_to(given, last, pad=self.network.pad)).lines[:, -1]
        return self.network.text_scores(states), scene


@dataclass(frozen=True)
class CausalSteps:
    """Writes lines whose tokens hear what stands before; see :class:`mmtg.decoding.step_model.StepModel`.

    Attributes:
        network: in evaluation mode.
    """

    network: UnifiedNetwork

    def start(self, scene: Scene) -> Written:
        """What all lines hear."""
        return self.network.begin(scene)

    def step(self, tokens: Tensor, written: Written) -> tuple[Tensor, Written]:
        """Hears one more token of each, int64 [B]; scores [B, V] of what follows."""
        states, written = self.network.write(tokens, written)
        return self.network.text_scores(states), written


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
