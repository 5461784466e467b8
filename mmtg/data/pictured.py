"""Experiences with their pictures and words, for systems that look and read for themselves.

Letters of shapes: B experiences, T steps, S the side of a picture in pixels, W vector width, P tokens of a topic or a
step's text, R tokens of the lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.data.batch import Batch
from mmtg.data.experience import Experience, Experiences
from mmtg.data.layout import Layout
from mmtg.data.module import ExperienceDataset, stacked
from mmtg.data.posts.pixels import Opener, opened_pixels, pixels_of
from mmtg.data.posts.post import PostTokens
from mmtg.data.splits import Split
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError


@dataclass
class PicturedBatch(Batch):
    """B experiences with pictures and words."""

    pictures: Tensor  # uint8 [B, T, S, S, 3], or vectors float32 [B, T, W], of cells [B, T, G, W]; zeros where missing
    topic_words: Tensor  # int64 [B, P], from the start token to the end token, padding behind
    step_words: Tensor  # int64 [B, T, P], each with the end token, padding behind; padding alone where missing
    reply: Tensor  # int64 [B, R], the lines, from the start token to the end token, padding behind

    of_steps: ClassVar[tuple[str, ...]] = (*Batch.of_steps, "pictures", "step_words")


class Pictures(Protocol):
    """What is seen of the pictures of a split's experiences."""

    def of(self, indices: Sequence[int], /) -> Tensor:
        """Of B experiences, [B, T, ...], by their places in the split."""
        ...


@dataclass(frozen=True)
class SplitPictures:
    """Pixels of the pictures of some experiences of a split.

    Attributes:
        rows: [N] the place in ``pixels`` of each experience of the split; -1 where its pictures were not asked for.
        pixels: uint8 [M, T, S, S, 3].
    """

    rows: np.ndarray
    pixels: np.ndarray

    def of(self, indices: Sequence[int]) -> Tensor:
        """The pixels of B experiences, [B, T, S, S, 3].

        Args:
            indices: places in the split.

        Returns:
            A copy.

        Raises:
            InputError: those of one were not asked for.
        """
        return torch.from_numpy(self.pixels[rows_read(self.rows, indices)])


def rows_read(rows: np.ndarray, indices: Sequence[int]) -> np.ndarray:
    """The places of some experiences among those whose pictures were read.

    Args:
        rows: [N] of all of a split; -1 where they were not.
        indices: places in the split.

    Returns:
        Int [B].

    Raises:
        InputError: those of one were not read.
    """
    found: np.ndarray = rows[list(indices)]
    if (found < 0).any():
        raise InputError("shows experiences whose pictures were not read", field="curriculum")
    return found


@dataclass(frozen=True)
class OpenedPictures:
    """Pixels of experiences whose pictures are opened whenever they are asked for.

    Attributes:
        experiences: with their pictures.
        reading: how pictures become pixels.
    """

    experiences: Sequence[Experience]
    reading: Reading

    def of(self, indices: Sequence[int]) -> Tensor:
        """The pixels of B experiences, [B, T, S, S, 3]; zeros where there is no picture."""
        steps = [step for index in indices for step in self.experiences[index].steps]
        pixels = opened_pixels([step.picture for step in steps], self.reading)  # [B * T, S, S, 3]
        return torch.from_numpy(pixels).unflatten(0, (len(indices), -1))


def split_pictures(
    experiences: Experiences,
    split: Split,
    wanted: np.ndarray,
    reading: Reading,
    artefacts: Artefacts,
    *,
    title: str,
    workers: int,
) -> SplitPictures:
    """The pixels of a split's pictures, read now if they are not kept.

    Args:
        experiences: of the split's store.
        split: N experiences.
        wanted: bool [N], those whose pictures are needed.
        reading: how pictures become pixels.
        artefacts: where they are kept.
        title: of the bar.
        workers: threads that open pictures ahead.

    Returns:
        The pixels.
    """
    places, steps = split.places[wanted], split.store.steps

    def openers() -> Iterator[Opener]:
        for place in places.tolist():
            yield from (step.picture for step in experiences[place].steps)

    chosen = fingerprint({"places": places.tobytes().hex()})
    key = {"store": split.store.fingerprint, "places": chosen}
    flat = pixels_of(
        openers(), len(places) * steps, reading, artefacts, key=key, title=title, workers=workers
    )  # [M * T, S, S, 3]
    rows = np.where(wanted, np.cumsum(wanted) - 1, -1)
    return SplitPictures(rows, flat.reshape(len(places), steps, *flat.shape[1:]))


class PicturedDataset(ExperienceDataset):
    """Experiences with pictures and words as model input, a batch at a time.

    Args:
        split: experiences of a store.
        layout: places the tokens of the lines.
        tokens: makes tokens of topics and texts.
        pictures: their pixels, or vectors of their cells; None for their vectors.
    """

    def __init__(self, split: Split, layout: Layout, tokens: PostTokens, pictures: Pictures | None) -> None:
        super().__init__(split, layout)
        self.tokens, self.pictures = tokens, pictures

    def __getitems__(self, indices: Sequence[int]) -> PicturedBatch:
        """The batch of some experiences."""
        rows, batch = [self.split[i] for i in indices], super().__getitems__(indices)
        pad, words = self.tokens.vocabulary.pad, self.tokens.vocabulary
        steps = [self._said(text) for row in rows for text in row.texts]
        told = self.told(indices, [row.lines or () for row in rows])
        replies = [(words.start, *self.layout.encode_lines(lines).ids[:-1].tolist(), words.end) for lines in told]
        return PicturedBatch(
            **vars(batch),
            pictures=batch.image_vectors if self.pictures is None else self.pictures.of(indices),
            topic_words=stacked([self.tokens.encode_text(row.topic) or (words.start, words.end) for row in rows], pad),
            step_words=stacked(steps, pad).unflatten(0, (len(rows), -1)),
            reply=stacked(replies, pad),
        )

    def _said(self, text: str | None) -> tuple[int, ...]:
        """The tokens of a step's text, with the end token behind; none where it is missing."""
        return self.tokens.encode_text(text)[1:] if text else ()
