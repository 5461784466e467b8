"""Both directions of the unified transformer: one network for both, or one for each; what each is given and learns.

Letters of shapes: B experiences, C cells, W vector width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from mmtg.decoding.mask_predict import Filled
from mmtg.decoding.step_model import StepModel
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import (
    CAUSAL,
    SINGLE,
    SPANS,
    Predictions,
    drawn_places,
    hidden_cells,
    painted,
    spread_places,
    written_all,
    written_some,
)
from mmtg.models.unified_pictures import WholePictures
from mmtg.models.unified_settings import DENSE, MIXED, PAINT, WRITE, TokenLevel
from mmtg.models.unified_spans import drawn_spans, whole_spans, written_spans
from mmtg.models.unified_writing import CausalSteps, MaskedSteps, paint
from mmtg.models.unlikelihood import Unlikelihood
from mmtg.randomness import Chance


class BothWays(nn.Module):
    """Writes to pictures and paints to lines.

    Args:
        networks: by direction; WRITE alone for both.
        features: what each direction is given of cells, one of FEATURES.
        token_level: how both are learnt token by token.
        iterations: of mask-predict.
        mask: the mask's token.
        whole: pictures from cells.
        unlikely: what is made less likely of texts; None for nothing.
    """

    def __init__(
        self,
        networks: Mapping[str, UnifiedNetwork],
        *,
        features: str,
        token_level: TokenLevel,
        iterations: int,
        mask: int,
        whole: WholePictures,
        unlikely: Unlikelihood | None = None,
    ) -> None:
        super().__init__()
        self.whole = whole
        self.networks = nn.ModuleDict(dict(networks))
        self.features, self.token_level, self.iterations, self.mask = features, token_level, iterations, mask
        self.unlikely = unlikely

    def network(self, direction: str) -> UnifiedNetwork:
        """The network of a direction."""
        found = self.networks[direction if direction in self.networks else WRITE]
        assert isinstance(found, UnifiedNetwork)
        return found

    def take_codebook(self, centroids: Tensor) -> None:
        """Takes over a codebook [K, W], before training."""
        for direction in self.networks:
            self.network(direction).take_codebook(centroids)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compiles the networks, each in its place; see ``torch.nn.Module.compile``."""
        for network in self.networks.values():
            network.compile(*args, **kwargs)

    def seen(self, scene: Scene, direction: str) -> Scene:
        """The scene with what a direction is given of its cells: their vectors, or their clusters' centroids."""
        if self.features == DENSE or (self.features == MIXED and direction == WRITE):
            return scene
        network = self.network(direction)
        return replace(scene, cells=network.vectors_of(network.clusters_of(scene.cells)))

    def predictions(self, scene: Scene, direction: str, chance: Chance | None) -> Predictions:
        """What is predicted of a scene in a direction.

        Args:
            scene: B experiences with their lines.
            direction: WRITE or PAINT.
            chance: decides what is hidden, as in training; None: always the same, in painting all cells.

        Returns:
            The predictions.
        """
        network, rule, given = self.network(direction), self.token_level, self.seen(scene, direction)
        if direction == PAINT:
            hidden = scene.present
            if chance is not None:
                numbers = chance.numbers("cells", 1 + hidden.shape[1]).to(hidden.device)
                hidden = hidden_cells(scene.present, rule.hidden, numbers)
            return painted(network, given, network.clusters_of(scene.cells), hidden, smoothing=rule.smoothing)
        return self._written(network, given, chance)

    def _written(self, network: UnifiedNetwork, given: Scene, chance: Chance | None) -> Predictions:
        """What is predicted of lines."""
        rule, smoothing, unlikely = self.token_level, self.token_level.smoothing, self.unlikely
        if rule.predicts == CAUSAL:
            return written_all(network, given, smoothing=smoothing, unlikely=unlikely)
        if rule.predicts == SPANS:
            texts = network.words.texts
            rows = whole_spans(given, texts)
            if chance is not None:
                numbers = chance.numbers("spans", rule.draws, 2 + (texts.slot or 0)).to(given.device)
                rows = drawn_spans(given, texts, numbers)
            return written_spans(network, *rows, mask=self.mask, smoothing=smoothing, unlikely=unlikely)
        places = spread_places(given.lines, network.pad, rule.evaluated)
        if chance is not None:
            places = drawn_places(given.lines, network.pad, chance.numbers("places", rule.draws).to(given.device))
        return written_some(network, given, places, mask=self.mask, smoothing=smoothing, unlikely=unlikely)

    def steps(self) -> StepModel[Scene, Any]:
        """What lines are written by, to scenes as ``seen`` gives them."""
        network = self.network(WRITE)
        return MaskedSteps(network, self.mask) if self.token_level.predicts == SINGLE else CausalSteps(network)

    def paint(self, scene: Scene) -> Filled:
        """Clusters of the cells [B, C] of the pictures that the lines call for."""
        return paint(self.network(PAINT), scene, iterations=self.iterations)
