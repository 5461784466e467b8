"""Relevance of what was written to the pictures it was written to, beside its chance and its ceiling.

Letters of shapes: N experiences, T steps, S texts of an experience, W vector width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.data.splits import Split
from mmtg.encoders.base import Encoder
from mmtg.metrics.embedding import TextVectors
from mmtg.metrics.figures import CHANCE_SHIFTS, Sample
from mmtg.metrics.registry import Score, present
from mmtg.metrics.relevance import Relevance

Texts = Sequence[Sequence[Sequence[str]]]
"""[N] experiences, each with texts, each a list of lines."""


@dataclass(frozen=True)
class PictureRelevance:
    """Mean cosine of each picture and the lines of its step, in the space of one encoder (img2poem reference, 3.1).

    The lines of a step are one text; an empty one says nothing of its picture, and its cosine is 0. Chance is the same
    figure with each text held against the pictures of other experiences; the ceiling is that of the true lines.

    Attributes:
        encoder: that gave the pictures' vectors.
        split: the experiences of a test.
        lines_per_step: lines that belong to each step.
    """

    encoder: Encoder
    split: Split
    lines_per_step: int

    def figures(self, places: Sequence[int], samples: Sequence[Sample]) -> dict[str, float]:
        """The figures of texts that this process holds; it neither asks other processes nor waits for them.

        Args:
            places: [N] of the experiences in the split.
            samples: [N] with their ``hypotheses`` and ``reference``.

        Returns:
            ``relevance``, ``relevance_ceiling`` and ``relevance_chance``; those without a picture or text are absent.
        """
        vectors = TextVectors(self.encoder)
        pictures = [self._pictures(place) for place in places]
        written: Texts = [sample["hypotheses"] for sample in samples]
        true: Texts = [[sample["reference"]] if sample["reference"] else [] for sample in samples]
        vectors.learn(text for texts in (written, true) for own in texts for lines in own for text in self._said(lines))
        shifts = range(1, min(len(samples), CHANCE_SHIFTS + 1))
        return present(
            {
                "relevance": _figure(self._pairs(pictures, written, vectors)),
                "relevance_ceiling": _figure(self._pairs(pictures, true, vectors)),
                "relevance_chance": _figure(
                    pair
                    for shift in shifts
                    for pair in self._pairs([*pictures[shift:], *pictures[:shift]], written, vectors)
                ),
            }
        )

    def _pictures(self, place: int) -> tuple[Tensor, Tensor]:
        """Vectors [T, W] of an experience's pictures, and which of them there are, bool [T]."""
        numbers = self.split[place].image_vectors
        return torch.from_numpy(self.split.store.vectors(numbers)), torch.from_numpy(numbers >= 0)

    def _said(self, lines: Sequence[str]) -> Iterator[str]:
        """What a text says at each step; nothing where it has no lines."""
        said = (self._step(lines, step) for step in range(self.split.store.steps))
        return (text for text in said if text)

    def _step(self, lines: Sequence[str], step: int) -> str:
        own = lines[step * self.lines_per_step : (step + 1) * self.lines_per_step]
        return "\n".join(own).strip()

    def _pairs(
        self, pictures: Sequence[tuple[Tensor, Tensor]], texts: Texts, vectors: TextVectors
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Of each text the vectors [n, W] of the pictures there are, and of the lines of their steps."""
        for (seen, there), own in zip(pictures, texts, strict=True):
            nothing = torch.zeros(seen.shape[1], dtype=torch.float64)
            for lines in own if bool(there.any()) else ():
                said = [self._step(lines, step) for step in range(len(seen))]
                spoken = torch.stack([vectors[text] if text else nothing for text in said])
                yield seen[there], spoken[there]


def _figure(pairs: Iterator[tuple[Tensor, Tensor]]) -> float:
    """The mean over all pairs, -1 to 1; NaN of none."""
    metric = Relevance()
    for pictures, poems in pairs:
        metric.update(pictures, poems)
    return Score(metric.gathered().numpy(), metric.formula).figure
