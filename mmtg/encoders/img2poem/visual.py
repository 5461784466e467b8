"""Stage 1: the visual nets learn labels of pictures, then also keywords of the poems that go with them.

Source: img2poem reference, section 1.1. Letters of shapes: B pictures, S their side, F the width of a net's vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, pad
from torch.utils.data import Dataset

from mmtg.encoders.img2poem.items import LABELS
from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.img2poem.pairs import UNKNOWN, Pairs
from mmtg.encoders.img2poem.stage_system import StageSystem
from mmtg.encoders.reading import Reading
from mmtg.models.system import OptimizerSettings


@dataclass
class PictureBatch:
    """B pictures with what is known of them."""

    pixels: Tensor  # uint8 [B, S, S, 3]
    labels: dict[str, Tensor]  # by kind int64 [B], UNKNOWN where not known
    keywords: dict[str, Tensor]  # by net float32 [B, words], 1 where the word occurs in the poem
    has_poem: Tensor  # bool [B]

    def __len__(self) -> int:
        return len(self.pixels)


class PictureDataset(Dataset[PictureBatch]):
    """Pictures of items as batches.

    Args:
        pairs: the items.
        values: by kind of label, its values.
        keywords: by net, bool [N, words].
    """

    def __init__(self, pairs: Pairs, values: Mapping[str, Sequence[str]], keywords: Mapping[str, np.ndarray]) -> None:
        self.pairs, self.keywords = pairs, dict(keywords)
        self.labels = {name: pairs.numbers(name, given) for name, given in values.items()}
        self.has_poem = np.array([text != "" for text in pairs.texts], dtype=bool)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitems__(self, indices: Sequence[int]) -> PictureBatch:
        """The batch of some items."""
        rows = list(indices)
        return PictureBatch(
            pixels=torch.from_numpy(np.stack([self.pairs.pixels[row] for row in rows])),
            labels={name: torch.from_numpy(numbers[rows]) for name, numbers in self.labels.items()},
            keywords={net: torch.from_numpy(there[rows]).float() for net, there in self.keywords.items()},
            has_poem=torch.from_numpy(self.has_poem[rows]),
        )


@dataclass(frozen=True, kw_only=True)
class VisualLearning:
    """How the nets learn.

    Attributes:
        keywords_from: optimizer step at which keywords of poems begin to count: the paper's fine-tuning.
        keyword_weight: of their loss beside that of the labels.
        shift: pixels that training pictures are moved, at most.
        contrast: share by which their contrast is turned, at most.
        flip: whether every other one is mirrored.
    """

    keywords_from: int
    keyword_weight: float
    shift: int
    contrast: float
    flip: bool


class VisualSystem(StageSystem):
    """The nets, with a classifier for each kind of label and for each net's keywords; these are not kept.

    Args:
        nets: in training.
        reading: how they are shown pictures.
        values: by kind of label, how many values it has; 0 for none.
        words: by net, how many keywords.
        learning: how they learn.
        optimizer: settings, with numbers of steps.
    """

    def __init__(
        self,
        nets: VisualNets,
        reading: Reading,
        *,
        values: Mapping[str, int],
        words: Mapping[str, int],
        learning: VisualLearning,
        optimizer: OptimizerSettings,
    ) -> None:
        super().__init__(optimizer)
        self.nets, self.reading, self.learning = nets, reading, learning
        width = nets.net_width
        self.classify = nn.ModuleDict({name: nn.Linear(width, count) for name, count in values.items() if count})
        self.spot = nn.ModuleDict({net: nn.Linear(width, count) for net, count in words.items() if count})

    def losses(self, batch: PictureBatch) -> dict[str, Tensor]:
        """Cross-entropy of the labels, and mean binary cross-entropy of the keywords once they count.

        Args:
            batch: B pictures.

        Returns:
            ``loss``, ``labels_loss`` and ``keywords_loss``.
        """
        pixels = varied(batch.pixels, self.learning) if self.training else batch.pixels
        seen = self.nets.each(self.reading.normalised(pixels))
        labels = self._labels_loss(seen, batch)
        spotted = self._keywords_loss(seen, batch)
        counts = self.spot and self.global_step >= self.learning.keywords_from
        weight = self.learning.keyword_weight if counts or not self.training else 0.0
        return {"loss": labels + weight * spotted, "labels_loss": labels, "keywords_loss": spotted}

    def _labels_loss(self, seen: Mapping[str, Tensor], batch: PictureBatch) -> Tensor:
        total = sum((vectors.sum() * 0 for vectors in seen.values()), start=torch.zeros((), device=self.device))
        for name, classify in self.classify.items():
            right = batch.labels[name]
            known = (right != UNKNOWN).sum().clamp(min=1)
            summed = cross_entropy(classify(seen[LABELS[name]]), right, ignore_index=UNKNOWN, reduction="sum")
            total = total + summed / known
        return total

    def _keywords_loss(self, seen: Mapping[str, Tensor], batch: PictureBatch) -> Tensor:
        total = torch.zeros((), device=self.device)
        poems = batch.has_poem.unsqueeze(1)  # [B, 1]
        for net, spot in self.spot.items():
            each = binary_cross_entropy_with_logits(spot(seen[net]), batch.keywords[net], reduction="none")
            total = total + (each * poems).sum() / (poems.sum() * each.shape[1]).clamp(min=1)
        return total

    @torch.no_grad()
    def accuracies(self, items: PictureDataset, *, batch_size: int) -> dict[str, float]:
        """Share of right labels, of the items whose label is known.

        Args:
            items: unseen.
            batch_size: pictures at once.

        Returns:
            By kind of label, ``KIND_accuracy``; kinds without known labels are left out.
        """
        right = dict.fromkeys(self.classify, 0)
        known = dict.fromkeys(self.classify, 0)
        for start in range(0, len(items), batch_size):
            batch = items.__getitems__(range(start, min(start + batch_size, len(items))))
            seen = self.nets.each(self.reading.normalised(batch.pixels.to(self.device)))
            for name, classify in self.classify.items():
                told, labels = classify(seen[LABELS[name]]).argmax(1).cpu(), batch.labels[name]
                right[name] += int((told == labels).sum())
                known[name] += int((labels != UNKNOWN).sum())
        return {f"{name}_accuracy": right[name] / known[name] for name in right if known[name]}


def varied(pixels: Tensor, learning: VisualLearning) -> Tensor:
    """Pictures [B, S, S, 3] uint8 moved, mirrored and turned in contrast by torch's chance; edges are repeated."""
    count, side, device = len(pixels), pixels.shape[1], pixels.device
    room = learning.shift
    wide = pad(pixels.permute(0, 3, 1, 2).float(), (room,) * 4, mode="replicate")  # [B, 3, S + 2r, S + 2r]
    down, right = (torch.randint(0, 2 * room + 1, (count, 1), device=device) for _ in range(2))
    places = torch.arange(side, device=device)
    across = right + places  # [B, S]
    if learning.flip:
        across = torch.where(torch.rand(count, 1, device=device) < 0.5, across.flip(1), across)
    one = torch.arange(count, device=device).view(-1, 1, 1)
    moved = wide.permute(0, 2, 3, 1)[one, (down + places).unsqueeze(2), across.unsqueeze(1)]  # [B, S, S, 3]
    turn = 1 + learning.contrast * (2 * torch.rand(count, 1, 1, 3, device=device) - 1)
    return (128 + (moved - 128) * turn).clamp(0, 255).to(torch.uint8)
