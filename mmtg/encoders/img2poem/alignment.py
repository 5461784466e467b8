"""Stage 2: pictures and poems are brought into one space by the ranking loss; the visual nets stay as they are.

Source: img2poem reference, section 1.3. Letters of shapes: B pairs, V width of the visual nets together, K of the joint
space, L positions, M width of a poem's vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmtg.encoders.img2poem.model import Img2PoemModel
from mmtg.encoders.img2poem.ranking import (
    FORMS,
    draw_negatives,
    draw_others,
    paper_loss,
    ports_loss,
    scaled_rows,
    strangers,
)
from mmtg.encoders.img2poem.stage_system import StageSystem
from mmtg.errors import InputError
from mmtg.models.system import OptimizerSettings


@dataclass
class PairBatch:
    """B pairs."""

    seen: Tensor  # float32 [B, V], what the visual nets see
    poems: Tensor  # [B, L] pieces, or [B, M] vectors, as the poem encoder prepared them
    poem_numbers: Tensor  # int64 [B]
    picture_numbers: Tensor  # int64 [B]

    def __len__(self) -> int:
        return len(self.seen)


class PairDataset(Dataset[PairBatch]):
    """Pairs as batches.

    Args:
        seen: [N, views, V] what the visual nets see in each picture, and in varied copies of it.
        poems: [N, L] or [N, M], as the poem encoder prepared them.
        poem_numbers: [N] equal for equal poems.
        picture_numbers: [N] equal for the same picture.
    """

    def __init__(self, seen: Tensor, poems: Tensor, poem_numbers: Tensor, picture_numbers: Tensor) -> None:
        self.all = PairBatch(seen, poems, poem_numbers, picture_numbers)

    def __len__(self) -> int:
        return len(self.all)

    def __getitems__(self, indices: Sequence[int]) -> PairBatch:
        """The batch of some pairs."""
        rows = list(indices)
        return PairBatch(*(value[rows] for value in vars(self.all).values()))


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Settings of the loss.

    Attributes:
        form: ``paper`` or ``ports``.
        margin: alpha.
        negatives: k, of the paper's form.
        normalise: whether vectors of the paper's form are scaled to length 1.

    Raises:
        InputError: no such form, or a number does not fit.
    """

    form: str
    margin: float
    negatives: int
    normalise: bool

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            what = f"'{self.form}' is unknown; choose {' or '.join(FORMS)}"
            raise InputError(what, field="encoder.alignment.ranking.form")
        if self.negatives < 1:
            what = f"must be at least 1, not {self.negatives}"
            raise InputError(what, field="encoder.alignment.ranking.negatives")


class AlignmentSystem(StageSystem):
    """The projections, and the text tower, in training.

    Args:
        model: the whole; its visual nets are not trained.
        ranking: settings of the loss.
        optimizer: settings, with numbers of steps.
    """

    def __init__(self, model: Img2PoemModel, ranking: Ranking, optimizer: OptimizerSettings) -> None:
        super().__init__(optimizer)
        self.model, self.ranking = model.train(), ranking
        self.model.nets.requires_grad_(False)

    def losses(self, batch: PairBatch) -> dict[str, Tensor]:
        """The ranking loss.

        In training the negatives of a pair are drawn anew at each step, out of the batch; in validation all
        others of the batch are.

        Args:
            batch: B pairs.

        Returns:
            ``loss``, and ``nearest``: share of pictures whose own poem is the nearest of the batch.
        """
        views = torch.randint(batch.seen.shape[1], (len(batch),)) if self.training else torch.zeros(len(batch)).long()
        seen = batch.seen[torch.arange(len(batch)), views.to(batch.seen.device)]
        images, poems = self.model.images(seen), self.model.texts(batch.poems)
        scores = scaled_rows(images.detach()) @ scaled_rows(poems.detach()).T
        nearest = (scores.argmax(1) == torch.arange(len(batch), device=scores.device)).float().mean()
        return {"loss": self._ranking_loss(images, poems, batch), "nearest": nearest}

    def _ranking_loss(self, images: Tensor, poems: Tensor, batch: PairBatch) -> Tensor:
        ranking = self.ranking
        if ranking.form == "ports":
            if len(batch) < 2:  # no other to hold against
                return (images.sum() + poems.sum()) * 0
            others = draw_others(len(batch), images.device)
            return ports_loss(images, poems, others, margin=ranking.margin).mean()
        if ranking.normalise:
            images, poems = scaled_rows(images), scaled_rows(poems)
        allowed = strangers(batch.poem_numbers, batch.picture_numbers)
        count = ranking.negatives if self.training else len(batch)
        drawn = [draw_negatives(allowed, count) for _ in range(2)]
        return paper_loss(images, poems, margin=ranking.margin, poem_negatives=drawn[0], image_negatives=drawn[1])
