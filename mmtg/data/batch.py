"""What a model is given: experiences or poems as tensors."""

from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self

from torch import Tensor


@dataclass
class TextBatch:
    """B texts with topics; P topic tokens, L tokens of lines."""

    index: Tensor  # int64 [B], place in the data set
    topic_ids: Tensor  # int64 [B, P]
    topic_mask: Tensor  # int64 [B, P]
    topic_types: Tensor  # int64 [B, P]
    targets: Tensor  # int64 [B, L]
    target_mask: Tensor  # int64 [B, L]
    target_types: Tensor  # int64 [B, L]
    places: Tensor  # int64 [B, L], lyric position of each token
    labels: Tensor  # int64 [B, L], the token at the next position, or IGNORE

    def __len__(self) -> int:
        return len(self.index)

    def select(self, rows: Tensor) -> Self:
        """The batch of some rows, an int64 tensor."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass
class PoemBatch(TextBatch):
    """B poems, with what each step's lines sound like to the encoder."""

    heard: Tensor  # float32 [B, T, W]; T is 0 where nothing is heard


@dataclass
class Batch(TextBatch):
    """B experiences; T steps, W vector width."""

    topic_vector: Tensor  # float32 [B, W]
    image_vectors: Tensor  # float32 [B, T, W], zeros where missing
    text_vectors: Tensor  # float32 [B, T, W], zeros where missing
    image_present: Tensor  # bool [B, T]
    text_present: Tensor  # bool [B, T]
    rating: Tensor  # int64 [B]
    heard: Tensor  # float32 [B, T, W], what each step's lines sound like to the encoder; T is 0 where not known

    of_steps: ClassVar[tuple[str, ...]] = ("image_vectors", "text_vectors", "image_present", "text_present")
    """Fields [B, T, ...] of what an experience's steps are."""
