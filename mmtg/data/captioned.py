"""Pictures with several texts each, of which one is shown at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmtg.data.layout import Layout
from mmtg.data.pictured import PicturedDataset, Pictures
from mmtg.data.posts.post import PostTokens
from mmtg.data.splits import Split


class CaptionedDataset(PicturedDataset):
    """Experiences whose lines are texts of their own: one at random in each epoch, or always the first.

    What is drawn follows from seed, epoch and place alone: processes, workers and resuming change nothing.

    Args:
        split: experiences of a store.
        layout: places the tokens of a text.
        tokens: makes tokens of topics and texts.
        pictures: vectors of cells; None for the store's own.
        seed: of what is drawn; None shows the first text.
    """

    def __init__(
        self, split: Split, layout: Layout, tokens: PostTokens, pictures: Pictures | None, *, seed: int | None
    ) -> None:
        super().__init__(split, layout, tokens, pictures)
        self.seed = seed

    def told(self, indices: Sequence[int], lines: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """One text of each."""
        return [self._one(index, own) for index, own in zip(indices, lines, strict=True)]

    def _one(self, index: int, texts: tuple[str, ...]) -> tuple[str, ...]:
        if self.seed is None or len(texts) < 2:
            return texts[:1]
        return (texts[np.random.default_rng((self.seed, self.epoch, index)).integers(len(texts))],)

    def references(self, index: int) -> list[tuple[str, ...]]:
        """All texts of an experience, each a line."""
        return [(text,) for text in self.split[index].lines or ()]

    def sample(self, index: int) -> dict[str, Any]:
        """What is known of an experience: id, topic, ``reference``, the first text, and ``references``, all."""
        references = [list(lines) for lines in self.references(index)]
        return {**super().sample(index), "reference": references[0] if references else [], "references": references}
