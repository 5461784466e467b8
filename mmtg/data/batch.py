"""What a model is given: experiences or poems as tensors."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class TextBatch:
    """B texts with topics; P topic positions, L lyric positions."""

    index: Tensor  # int64 [B], place in the data set
    topic_ids: Tensor  # int64 [B, P]
    topic_mask: Tensor  # int64 [B, P]
    topic_types: Tensor  # int64 [B, P]
    targets: Tensor  # int64 [B, L]
    target_mask: Tensor  # int64 [B, L]
    target_types: Tensor  # int64 [B, L]

    def __len__(self) -> int:
        return len(self.index)


@dataclass
class Batch(TextBatch):
    """B experiences; T steps, W vector width."""

    topic_vector: Tensor  # float32 [B, W]
    image_vectors: Tensor  # float32 [B, T, W], zeros where missing
    text_vectors: Tensor  # float32 [B, T, W], zeros where missing
    image_present: Tensor  # bool [B, T]
    text_present: Tensor  # bool [B, T]
    rating: Tensor  # int64 [B]
