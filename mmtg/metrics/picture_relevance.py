"""Relevance of what was written to the pictures it was written to, beside its chance and its ceiling.

Letters of shapes: N experiences, T steps, S texts of an experience, W vector width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmtg.data.splits import Split
from mmtg.encoders.base import Encoder
from mmtg.metrics.embedding import TextVectors
from mmtg.metrics.figures import CHANCE_SHIFTS, Sample
from mmtg.metrics.registry import Score, present
from mmtg.metrics.relevance import cosine_rows
from mmtg.stats.score import quotient

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
        """The figures of :meth:`scores`; those without a picture or text are absent."""
        return present({name: score.figure for name, score in self.scores(places, samples).items()})

    def scores(self, places: Sequence[int], samples: Sequence[Sample]) -> dict[str, Score]:
        """Scores of texts that this process holds; it neither asks other processes nor waits for them.

        Args:
            places: [N] of the experiences in the split.
            samples: [N] with their ``hypotheses`` and ``reference``.

        Returns:
            ``relevance``, ``relevance_ceiling`` and ``relevance_chance``, rows in the order of samples.
        """
        vectors = TextVectors(self.encoder)
        pictures = [self._pictures(place) for place in places]
        written: Texts = [sample["hypotheses"] for sample in samples]
        true: Texts = [[sample["reference"]] if sample["reference"] else [] for sample in samples]
        vectors.learn(text for texts in (written, true) for own in texts for lines in own for text in self._said(lines))
        shifts = range(1, min(len(samples), CHANCE_SHIFTS + 1))
        others = [self._rows([*pictures[shift:], *pictures[:shift]], written, vectors) for shift in shifts]
        tables = {
            "relevance": self._rows(pictures, written, vectors),
            "relevance_ceiling": self._rows(pictures, true, vectors),
            "relevance_chance": np.sum([np.zeros((len(samples), 2)), *others], axis=0),
        }
        return {name: Score(table, quotient) for name, table in tables.items()}

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

    def _rows(self, pictures: Sequence[tuple[Tensor, Tensor]], texts: Texts, vectors: TextVectors) -> np.ndarray:
        """The sum of an experience's cosines, and how many they are: [N, 2]."""
        table = np.zeros((len(texts), 2))
        for row, (seen, there), own in zip(table, pictures, texts, strict=True):
            nothing = torch.zeros(seen.shape[1], dtype=torch.float64)
            for lines in own if bool(there.any()) else ():
                said = [self._step(lines, step) for step in range(len(seen))]
                spoken = torch.stack([vectors[text] if text else nothing for text in said])
                row += cosine_rows(seen[there], spoken[there]).sum(dim=0).numpy()
        return table
