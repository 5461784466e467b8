"""Texts in slots, one after another: some tokens of one are hidden, and it and those before it are heard.

As published of the diverse variant (generate-it reference, sections 2.5 and 3.3).

Letters of shapes: B experiences, N texts, S tokens of a slot, R = 1 + N * S, V tokens, M texts that are learnt, I
iterations, A texts that are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmtg.decoding.filters import next_token
from mmtg.decoding.mask_predict import refined
from mmtg.decoding.settings import DecodingSettings
from mmtg.models.unified_inputs import Scene, text_up_to, whole_text
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import Predictions, predictions
from mmtg.models.unified_texts import Texts
from mmtg.models.unlikelihood import Unlikelihood


def written_spans(
    network: UnifiedNetwork,
    scene: Scene,
    chosen: Tensor,
    hidden: Tensor,
    *,
    mask: int,
    smoothing: float,
    unlikely: Unlikelihood | None = None,
) -> Predictions:
    """Hidden tokens of one text of each experience; texts behind it are not heard.

    Args:
        network: predicts.
        scene: M experiences with their lines in slots.
        chosen: int64 [M], of N texts.
        hidden: bool [M, S], tokens of that text.
        mask: the mask's token.
        smoothing: of labels.
        unlikely: what is made less likely of the text's tokens, hidden or not, and of those before it.

    Returns:
        The predictions.
    """
    slot = hidden.shape[1]
    columns = 1 + chosen[:, None] * slot + torch.arange(slot, device=scene.device)  # [M, S]
    covered = torch.zeros_like(scene.lines, dtype=torch.bool).scatter(1, columns, hidden)  # [M, R]
    given, last = replace(scene, lines=scene.lines.masked_fill(covered, mask)), columns[:, -1]
    states = network(given, text_up_to(given, last, pad=network.pad)).lines[covered]
    scores, rows = network.text_scores(states), covered.nonzero()[:, 0]
    heard = torch.arange(scene.lines.shape[1], device=scene.device) <= last[:, None]  # [M, R]
    found = predictions(scores, scene.lines[covered], smoothing)
    return found.and_unlikely(unlikely, scores, scene.lines[rows], heard[rows])


def drawn_spans(scene: Scene, texts: Texts, numbers: Tensor) -> tuple[Scene, Tensor, Tensor]:
    """Texts of each experience, and tokens of them to hide: from one to all, any number as often.

    Args:
        scene: B experiences.
        texts: in slots.
        numbers: [B, X, 2 + S] in [0, 1), which decide on X texts of each; they may repeat.

    Returns:
        M = B * X experiences, their texts [M], and what is hidden of these [M, S].
    """
    rows = torch.arange(len(scene), device=scene.device).repeat_interleave(numbers.shape[1])
    chosen, hidden, order = numbers.flatten(0, 1).split([1, 1, numbers.shape[2] - 2], dim=1)
    places = order.argsort(dim=1).argsort(dim=1)
    count = 1 + (hidden * order.shape[1]).long()  # [M, 1]
    return scene.select(rows), (chosen[:, 0] * texts.count).long(), places < count


def whole_spans(scene: Scene, texts: Texts) -> tuple[Scene, Tensor, Tensor]:
    """The same without draws: each text of each experience, all hidden, as where writing it begins."""
    rows = torch.arange(len(scene), device=scene.device).repeat_interleave(texts.count)
    chosen = torch.arange(texts.count, device=scene.device).repeat(len(scene))
    return scene.select(rows), chosen, torch.ones(len(rows), texts.slot or 0, dtype=torch.bool, device=scene.device)


@dataclass(frozen=True)
class SpanDraws:
    """How the tokens of texts are chosen.

    Attributes:
        banned: tokens that are never written.
        structure: tokens whose repetition is not penalised.
        drawing: temperature, filters and repetition penalty.
        uniform: float64 [A, N, I, S] in [0, 1), which decide the draws; None for the likeliest tokens, as published.
    """

    banned: Sequence[int]
    structure: Sequence[int]
    drawing: DecodingSettings
    uniform: Tensor | None

    def tokens(self, scores: Tensor, before: Tensor, number: int, iteration: int) -> Tensor:
        """Tokens of a text, each apart from the others.

        Args:
            scores: [A, S, V].
            before: int64 [A, E], of the texts before it.
            number: of the text.
            iteration: of the pass.

        Returns:
            int64 [A, S].
        """
        forbidden = torch.zeros(scores.shape[2], dtype=torch.bool, device=scores.device)
        forbidden[list(self.banned)] = True
        if self.uniform is None:
            return scores.masked_fill(forbidden, -torch.inf).argmax(dim=2)
        counts = torch.zeros(len(scores), scores.shape[2], device=scores.device)
        counts.scatter_add_(1, before, torch.ones_like(before, dtype=counts.dtype))
        counts[:, list(self.structure)] = 0
        each = counts[:, None].expand_as(scores).flatten(0, 1)  # [A * S, V]
        uniform = self.uniform[:, number, iteration].flatten()
        return next_token(scores.flatten(0, 1), each, forbidden, uniform, self.drawing).view(scores.shape[:2])


@torch.inference_mode()
def write_spans(network: UnifiedNetwork, scene: Scene, draws: SpanDraws, *, mask: int, iterations: int) -> Tensor:
    """Writes texts one after another, each by mask-predict.

    Args:
        network: in evaluation mode.
        scene: A experiences; of their lines, the start token counts.
        draws: how tokens are chosen.
        mask: the mask's token.
        iterations: of mask-predict.

    Returns:
        int64 [A, N, S].
    """
    texts, lines = network.words.texts, scene.lines[:, :1]
    assert texts.slot is not None
    for number in range(texts.count):
        before = lines

        def score(ids: Tensor, hidden: Tensor, before: Tensor = before) -> Tensor:
            given = replace(scene, lines=torch.cat([before, ids.masked_fill(hidden, mask)], dim=1))
            states = network(given, whole_text(given, pad=network.pad)).lines[:, before.shape[1] :]
            return network.text_scores(states)

        def choose(scores: Tensor, iteration: int, before: Tensor = before, number: int = number) -> Tensor:
            return draws.tokens(scores, before, number, iteration)

        shape = (len(scene), texts.slot)
        written = refined(score, choose, shape, iterations=iterations, device=scene.device)
        lines = torch.cat([before, written], dim=1)
    return lines[:, 1:].unflatten(1, (texts.count, texts.slot))


def lines_of_slots(slots: Sequence[Sequence[int]], texts: Texts, *, end: int, most: int | None) -> list[list[int]]:
    """The lines of texts in slots, each text with its number of lines; those that lack are empty.

    Args:
        slots: [N] tokens [S] of each text.
        texts: what they are.
        end: the token behind a text.
        most: tokens that are kept of a line; None for all.

    Returns:
        Tokens of the lines of all texts.
    """
    lines: list[list[int]] = []
    for row in slots:
        own: list[list[int]] = [[]]
        for token in row[: row.index(end)] if end in row else row:
            own.append([]) if token == texts.line else own[-1].append(token)
        lines += (own + [[]] * texts.lines)[: texts.lines]
    return [line[:most] for line in lines]
