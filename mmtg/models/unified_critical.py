"""What the unified transformer learns from whole texts: self-critical training (generate-it reference, section 2.3).

Letters of shapes: B experiences, N texts of each, R tokens of the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.decoding.stepwise import StepSettings, free_sample, write
from mmtg.metrics.cider import CiderD, DocumentFrequencies
from mmtg.metrics.text import Item, Text
from mmtg.models.loss import Loss
from mmtg.models.modes import evaluating
from mmtg.models.reinforce import reward_loss, until_end
from mmtg.models.unified_both import BothWays
from mmtg.models.unified_inputs import Scene, text_before
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import scores_at
from mmtg.models.unified_settings import WRITE
from mmtg.models.unified_texts import Texts
from mmtg.models.unified_writing import MaskedSteps
from mmtg.randomness import Chance

END = "\u2403"
"""Stands for the end of a text where it counts as a token."""


class CaptionRewards:
    """CIDEr-D of each of an experience's texts, and of all as one, with the document frequencies of the training set.

    Args:
        references: of every training experience, its true ones, each its lines.
        unit: ``characters`` or ``words``.
        texts: how lines make N texts.
        whole_weight: of the reward that all texts share, where there are several: a text that says again what stands
            before it is worth nothing more there.
        ends: whether the end counts as a token, so that what breaks off is worth less.
    """

    def __init__(
        self,
        references: Iterable[Sequence[Sequence[str]]],
        unit: str,
        texts: Texts,
        *,
        whole_weight: float,
        ends: bool = False,
    ) -> None:
        self.unit, self.texts, self.whole_weight, self.ends = unit, texts, whole_weight, ends
        self.shares = texts.count > 1 and whole_weight > 0
        several, whole = [], []
        for true in references:
            *each, one = zip(*(self.read(lines) for lines in true), strict=True)
            several += each
            whole += [one] * self.shares
        self.each, self.whole = (CiderD(DocumentFrequencies(documents)) for documents in (several, whole))

    def read(self, lines: Sequence[str], *, ended: bool = True) -> list[Text]:
        """Lines as N texts, the last with all that is left, and as one; with a mark of the end, where ends count."""
        mark = [f"{lines[-1]} {END}"] if self.ends and ended and lines else lines[-1:]
        lines = [*lines[:-1], *mark]
        each, last = self.texts.lines, (self.texts.count - 1) * self.texts.lines
        parts = [lines[first : first + each] for first in range(0, last, each)] + [lines[last:]]
        return [Text.of_lines(own, self.unit) for own in (*parts, lines)]

    def of(self, told: Sequence[Sequence[Text]], references: Sequence[Sequence[Sequence[str]]]) -> Tensor:
        """Of the texts of B experiences, each against the same of its true ones: [B, N].

        One text alone is worth 0 to 10; several are each worth that, and the weighted worth of all as one.
        """
        rows = []
        for (*texts, whole), own in zip(told, references, strict=True):
            *true, one = zip(*(self.read(lines) for lines in own), strict=True)
            shared = self.whole_weight * self.whole.row(Item((whole,), one))[0] if self.shares else 0.0
            pairs = zip(texts, true, strict=True)
            rows.append([self.each.row(Item((text,), some))[0] + shared for text, some in pairs])
        return torch.tensor(rows)


@dataclass(frozen=True)
class Critic:
    """What self-critical training came to.

    Attributes:
        loss: a number.
        drawn: [B, N] rewards of the texts that were drawn.
        greedy: [B, N] rewards of the greedy texts.
        tokens: that the loss is the mean over.
    """

    loss: Tensor
    drawn: Tensor
    greedy: Tensor
    tokens: int


def self_critical(
    network: UnifiedNetwork,
    steps: Any,
    scene: Scene,
    references: Sequence[Sequence[Sequence[str]]],
    rewards: CaptionRewards,
    words: PostVocabulary,
    *,
    chance: Chance,
    length: int,
    temperature: float,
) -> Critic:
    """Texts that are drawn are made likelier by how much better each is than the greedy one in its place.

    Greedy texts are written without dropout, drawn ones with; neither is held to a number of lines. The loss is the
    mean over the drawn texts' tokens, their end among them. (Published: shifted by one, section 2.3.)

    Args:
        network: in training mode.
        steps: writes with it.
        scene: B experiences, cells as they are seen in writing; their lines do not count.
        references: of each experience its true texts.
        rewards: of texts.
        words: of texts.
        chance: decides the draws.
        length: most tokens of a text.
        temperature: at which texts are drawn, and made likelier.

    Returns:
        The loss and the rewards.
    """
    drawn, greedy = _rolled_out(network, steps, scene, words, chance, length=length, temperature=temperature)  # [B, R]
    found = (
        [rewards.read(words.lines(row), ended=words.end in row) for row in ids.tolist()] for ids in (drawn, greedy)
    )
    of_drawn, of_greedy = (rewards.of(texts, references).to(scene.device) for texts in found)
    kept = until_end(drawn, words.end)
    told = log_probabilities(network, steps, scene, drawn.where(kept, words.pad), words, temperature=temperature)
    better = (of_drawn - of_greedy).gather(1, rewards.texts.numbers(_before(drawn, words.start)))  # [B, R]
    return Critic(reward_loss(told, better, kept), of_drawn, of_greedy, int(kept.sum()))


def _before(ids: Tensor, start: int) -> Tensor:
    """The token before each: int64 [B, R]."""
    return torch.cat([torch.full_like(ids[:, :1], start), ids[:, :-1]], dim=1)


def _rolled_out(
    network: UnifiedNetwork,
    steps: Any,
    scene: Scene,
    words: PostVocabulary,
    chance: Chance,
    *,
    length: int,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Texts that are drawn, in the network's mode, and greedy ones, without dropout: int64 [B, R] each."""
    tokens = {"start": words.start, "end": words.end, "pad": words.pad, "length": length}
    banned = (words.pad, words.start, words.mask)
    with torch.autocast(scene.device.type, enabled=False):  # else weights cast without a gradient would be kept
        uniform = chance.numbers("draws", length).to(scene.device)
        drawn = free_sample(steps, scene, banned=banned, temperature=temperature, uniform=uniform, **tokens)
        settings = StepSettings(kind="greedy")
        with evaluating(network):
            greedy = write(
                steps, scene, newline=words.line, banned=banned, settings=settings, lines=None, uniform=None, **tokens
            )
    return drawn, greedy


def log_probabilities(
    network: UnifiedNetwork, steps: Any, scene: Scene, ids: Tensor, words: PostVocabulary, *, temperature: float = 1.0
) -> Tensor:
    """Of texts' tokens, in one pass with a gradient: [B, R].

    Args:
        network: scores.
        steps: how it writes; decides what a token hears.
        scene: B experiences.
        ids: int64 [B, R], behind the start token, padding behind the end.
        words: of texts.
        temperature: scores are divided by it.

    Returns:
        Nats; 0 at padding.
    """
    there = ids != words.pad
    if isinstance(steps, MaskedSteps):
        given = replace(scene, lines=torch.cat([torch.full_like(ids[:, :1], words.start), ids], dim=1))
        rows, places = there.nonzero(as_tuple=True)
        scores = scores_at(network, given.select(rows), 1 + places, mask=steps.mask)
    else:
        given = replace(scene, lines=_before(ids, words.start))
        states = network(given, text_before(given, pad=words.pad)).lines[there]  # [M, D]
        scores = network.text_scores(states)
    told = torch.log_softmax(scores.float() / temperature, dim=1).gather(1, ids[there][:, None])  # [M, 1]
    return told.new_zeros(ids.shape).masked_scatter(there, told)


def written_loss(
    model: BothWays,
    scene: Scene,
    references: Sequence[Sequence[Sequence[str]]],
    rewards: CaptionRewards,
    words: PostVocabulary,
    *,
    chance: Chance,
    length: int,
    temperature: float,
) -> Loss:
    """The loss of self-critical training, with the rewards and how far apart they are.

    Args:
        model: in training mode.
        scene: B experiences.
        references: of each its true texts.
        rewards: of texts.
        words: of texts.
        chance: decides the draws.
        length: most tokens of a text.
        temperature: at which texts are drawn.

    Returns:
        The loss; ``reward``, ``reward_greedy``, ``advantage_std`` and the share without any, ``advantage_none``.
    """
    seen, network = model.seen(scene, WRITE), model.network(WRITE)
    found = self_critical(
        network,
        model.steps(),
        seen,
        references,
        rewards,
        words,
        chance=chance,
        length=length,
        temperature=temperature,
    )
    count, better = found.drawn.numel(), found.drawn - found.greedy
    parts = {
        "reward": (found.drawn.mean(), count),
        "reward_greedy": (found.greedy.mean(), count),
        "advantage_std": (better.std(correction=0), count),
        "advantage_none": ((better == 0).float().mean(), count),
    }
    return Loss(found.loss, parts, items=found.tokens)
