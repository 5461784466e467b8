"""Trains the decoder of cells to pixels, a few minutes on one core.

Letters of shapes: M pictures, B of them, C and F cells of a picture, K clusters, W vector width, S side in pixels.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import cosine_similarity, l1_loss

from mmtg.codebook import nearest
from mmtg.encoders.base import one_thread
from mmtg.encoders.world_encoder import WorldEncoder, scaled
from mmtg.errors import InputError
from mmtg.models.measure import Measure
from mmtg.painting.decoder import DecoderSizes, PixelDecoder

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How a decoder learns.

    Attributes:
        steps: batches.
        batch_size: B.
        learning_rate: the highest.
        weight_decay: of AdamW.
        warmup_share: of the steps.
        feature_weight: of the distance between what the encoder sees in a painted and in the true picture.
        feature_grid: cells a side in which it looks for that.
        centroids: share of pictures that are painted from the centroids of their cells.
        seed: of weights and batches.

    Raises:
        InputError: a number is out of its range.
    """

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_share: float
    feature_weight: float
    feature_grid: int
    centroids: float
    seed: int

    def __post_init__(self) -> None:
        least = {"steps": 1, "batch_size": 2, "feature_grid": 1}
        for name, number in asdict(self).items():
            if number < least.get(name, 0):
                raise InputError(f"must be at least {least.get(name, 0)}, not {number}", field=f"task.decoder.{name}")
        for name in ("warmup_share", "centroids"):
            if getattr(self, name) > 1:
                raise InputError(f"must be at most 1, not {getattr(self, name)}", field=f"task.decoder.{name}")


@dataclass(frozen=True)
class Lessons:
    """Pictures and what is seen in them.

    Attributes:
        pixels: uint8 [M, S, S, 3].
        cells: [M, C, W] that the decoder reads.
        features: [M, F, W] that it is held to.
        measure: of the features.
    """

    pixels: np.ndarray
    cells: Tensor
    features: Tensor
    measure: Measure

    def unlike(self, seen: Tensor, true: Tensor) -> Tensor:
        """How little features [B, F, W] are like others, 0 to 2; what all features have in common does not count."""
        return (1 - cosine_similarity(self.measure(seen), self.measure(true), dim=-1)).mean()

    def draw(self, numbers: np.random.Generator, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Some of the pictures, [B, 3, S, S] in -1..1, with their cells and features; one may come twice."""
        chosen = numbers.integers(len(self.pixels), size=count)
        return scaled(self.pixels[chosen]), self.cells[chosen], self.features[chosen]


def train_decoder(
    pixels: np.ndarray,
    encoder: WorldEncoder,
    centroids: Tensor,
    sizes: DecoderSizes,
    learning: Learning,
    *,
    progress: Progress,
) -> PixelDecoder:
    """A decoder of what an encoder sees, trained on pictures; torch's own chance is left as it was.

    Args:
        pixels: uint8 [M, S, S, 3].
        encoder: sees the cells; stays as it is.
        centroids: [K, W] of clusters of cells.
        sizes: of the decoder.
        learning: how it is trained.
        progress: told of steps done.

    Returns:
        The decoder, in evaluation mode.
    """
    cells, features = cells_seen(encoder, pixels, sizes.grid), encoder.cells_of_pixels(pixels, learning.feature_grid)
    measure = Measure(features.shape[-1])
    measure.take(features.flatten(0, 1))
    lessons = Lessons(pixels, cells, features, measure)
    numbers = np.random.default_rng(learning.seed)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(learning.seed)
        decoder = PixelDecoder(sizes)
        decoder.measure.take(cells.flatten(0, 1))
        optimizer, schedule = _optimizer(decoder, learning)
        for step in range(1, learning.steps + 1):
            optimizer.zero_grad()
            loss = _loss(decoder, encoder, centroids, lessons, learning, numbers)
            loss.backward(inputs=list(decoder.parameters()))  # the encoder gathers no gradients
            optimizer.step()
            schedule.step()
            progress("steps", step, learning.steps)
    return decoder.eval()


def cells_seen(encoder: WorldEncoder, pixels: np.ndarray, grid: int) -> Tensor:
    """What a unified transformer is given of pictures [M, S, S, 3]: their cells [M, G * G, W]; of one, its vector."""
    if grid > 1:
        return encoder.cells_of_pixels(pixels, grid)
    return encoder.encode_images([Image.fromarray(own) for own in pixels])[:, None]


def _optimizer(
    decoder: PixelDecoder, learning: Learning
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    highest = learning.learning_rate
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=highest, weight_decay=learning.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=highest, total_steps=learning.steps + 1, pct_start=learning.warmup_share
    )
    return optimizer, schedule


def _loss(
    decoder: PixelDecoder,
    encoder: WorldEncoder,
    centroids: Tensor,
    lessons: Lessons,
    learning: Learning,
    numbers: np.random.Generator,
) -> Tensor:
    """The loss of a batch: distance of pixels, and of what the encoder sees in them."""
    true, cells, features = lessons.draw(numbers, learning.batch_size)
    rough = torch.from_numpy(numbers.random(len(true)) < learning.centroids)
    cells[rough] = centroids[nearest(cells[rough], centroids)]
    painted = decoder(cells)
    loss = l1_loss(painted, true)
    if learning.feature_weight:
        seen = encoder.model.pictures.cells(painted, learning.feature_grid)  # [B, F, W]
        loss = loss + learning.feature_weight * lessons.unlike(seen, features)
    return loss
