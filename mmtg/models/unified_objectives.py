"""What the unified transformer learns token by token (generate-it reference, section 2.2): masks, and their losses.

Letters of shapes: B experiences, R tokens of the lines, C cells, D width, V tokens, K clusters, M predictions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mmtg.losses import smoothed_losses
from mmtg.models.unified_inputs import Scene, text_before, text_up_to, whole_text
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unlikelihood import Unlikelihood

SINGLE, CAUSAL, SPANS = "single", "causal", "spans"
"""What ``model.token_level.predicts`` may say of text: one hidden token of each text a draw, as published; all, each
from those before it; or some of one of several texts, all of it heard, as published of the diverse variant."""


@dataclass(frozen=True)
class Predictions:
    """M predictions; nothing if M is 0.

    Attributes:
        smoothed: [M] nats with label smoothing.
        nats: [M] without.
        labels: int64 [M].
        right: bool [M], whether the likeliest class is the label.
        unlikely: [M] nats of unlikelihood; None without.
        weight: of those.
    """

    smoothed: Tensor
    nats: Tensor
    labels: Tensor
    right: Tensor
    unlikely: Tensor | None = None
    weight: float = 0.0

    def __len__(self) -> int:
        return len(self.labels)

    def mean(self) -> Tensor:
        """What is minimised."""
        total = self.smoothed if self.unlikely is None else self.smoothed + self.weight * self.unlikely
        return total.sum() / max(1, len(self))

    def and_unlikely(self, rule: Unlikelihood | None, scores: Tensor, tokens: Tensor, heard: Tensor) -> Predictions:
        """The same with unlikelihood.

        Args:
            rule: of it; None for none.
            scores: [M, V].
            tokens: int64 [M, R], of each prediction's text.
            heard: bool [M, R], those that stood before, or that are heard.

        Returns:
            The predictions.
        """
        if rule is None:
            return self
        unlikely = rule.losses(scores, tokens, heard, self.labels)
        return replace(self, unlikely=unlikely, weight=rule.weight)


def predictions(scores: Tensor, labels: Tensor, smoothing: float) -> Predictions:
    """Losses of scores [M, V or K] for labels int64 [M]."""
    smoothed = smoothed_losses(scores, labels, smoothing)
    with torch.no_grad():
        nats, right = cross_entropy(scores.float(), labels, reduction="none"), scores.argmax(dim=1) == labels
    return Predictions(smoothed, nats, labels, right)


def written_all(
    network: UnifiedNetwork, scene: Scene, *, smoothing: float, unlikely: Unlikelihood | None = None
) -> Predictions:
    """All tokens of the lines, each predicted from topic, cells and the tokens before it.

    Args:
        network: predicts.
        scene: B experiences with their lines.
        smoothing: of labels.
        unlikely: what is made less likely of the tokens before.

    Returns:
        The predictions.
    """
    given, labels = replace(scene, lines=scene.lines[:, :-1]), scene.lines[:, 1:]
    states = network(given, text_before(given, pad=network.pad)).lines  # [B, R - 1, D]
    counted = labels != network.pad
    scores = network.text_scores(states[counted])
    rows, last = counted.nonzero(as_tuple=True)
    before = torch.arange(given.lines.shape[1], device=scene.device) <= last[:, None]  # [M, R - 1]
    return predictions(scores, labels[counted], smoothing).and_unlikely(unlikely, scores, given.lines[rows], before)


def written_at(
    network: UnifiedNetwork,
    scene: Scene,
    places: Tensor,
    *,
    mask: int,
    smoothing: float,
    unlikely: Unlikelihood | None = None,
) -> Predictions:
    """The token at one place of each text, hidden by a mask; what stands behind it is not heard.

    Args:
        network: predicts.
        scene: B experiences with their lines.
        places: int64 [B], among R.
        mask: the mask's token.
        smoothing: of labels.
        unlikely: what is made less likely of the tokens before.

    Returns:
        The predictions.
    """
    labels, scores = scene.lines.gather(1, places[:, None]).squeeze(1), scores_at(network, scene, places, mask=mask)
    before = torch.arange(scene.lines.shape[1], device=scene.device) < places[:, None]  # [B, R]
    return predictions(scores, labels, smoothing).and_unlikely(unlikely, scores, scene.lines, before)


def scores_at(network: UnifiedNetwork, scene: Scene, places: Tensor, *, mask: int) -> Tensor:
    """Scores [B, V] of the token at one place [B] of each text, hidden by a mask, from what stands before it."""
    given = replace(scene, lines=scene.lines.scatter(1, places[:, None], mask))
    states = network(given, text_up_to(given, places, pad=network.pad)).lines  # [B, R, D]
    return network.text_scores(states[torch.arange(len(scene), device=scene.device), places])


def painted(
    network: UnifiedNetwork, scene: Scene, clusters: Tensor, hidden: Tensor, *, smoothing: float
) -> Predictions:
    """Clusters of the hidden cells, from all text and the other cells.

    Args:
        network: predicts.
        scene: B experiences with their lines.
        clusters: int64 [B, C], of the cells.
        hidden: bool [B, C].
        smoothing: of labels.

    Returns:
        The predictions.
    """
    states = network(scene, whole_text(scene, pad=network.pad), hidden).cells  # [B, C, D]
    return predictions(network.cell_scores(states[hidden]), clusters[hidden], smoothing)


def hidden_cells(present: Tensor, least: float, numbers: Tensor) -> Tensor:
    """Cells to hide: of each experience a number drawn evenly from a share of those there are up to all; any of them.

    Args:
        present: bool [B, C].
        least: the share.
        numbers: [B, 1 + C] in [0, 1), which decide.

    Returns:
        bool [B, C].
    """
    most = present.sum(dim=1)  # [B]
    fewest = (most * least).floor().clamp(min=1)
    counts = (fewest + numbers[:, 0] * (most - fewest + 1)).floor()
    order = numbers[:, 1:].masked_fill(~present, 2).argsort(dim=1).argsort(dim=1)
    return (order < counts[:, None]) & present


def drawn_places(lines: Tensor, pad: int, numbers: Tensor) -> Tensor:
    """Places of tokens behind the start token, drawn evenly from each text: int64 [B, N].

    Args:
        lines: int64 [B, R].
        pad: the token of padding.
        numbers: [B, N] in [0, 1), which decide.

    Returns:
        The places; they may repeat.
    """
    length = (lines != pad).sum(dim=1, keepdim=True) - 1
    return 1 + (numbers * length).long()


def spread_places(lines: Tensor, pad: int, count: int) -> Tensor:
    """The same without draws: in the middle of ``count`` equal parts of each text, so that figures do not change."""
    length = (lines != pad).sum(dim=1, keepdim=True) - 1
    share = (torch.arange(count, device=lines.device) + 0.5) / count
    return 1 + (share * length).long()


def written_some(
    network: UnifiedNetwork,
    scene: Scene,
    places: Tensor,
    *,
    mask: int,
    smoothing: float,
    unlikely: Unlikelihood | None = None,
) -> Predictions:
    """The tokens at some places [B, N] of each text, each in a pass of its own."""
    rows = torch.arange(len(scene), device=scene.device).repeat_interleave(places.shape[1])
    some, places = scene.select(rows), places.flatten()
    return written_at(network, some, places, mask=mask, smoothing=smoothing, unlikely=unlikely)
