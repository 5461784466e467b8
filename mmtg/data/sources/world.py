"""The picture world as a source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmtg.artefacts import Artefacts
from mmtg.data.experience import Experience
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.splits import Poem, Poems, Split
from mmtg.encoders.base import Encoder
from mmtg.world import CONCEPTS, World

WORLD_VERSION = 1
"""Raise it when the world draws or writes something else from the same settings."""


@dataclass(frozen=True)
class DrawnExperiences:
    """The experiences of a split of the world."""

    world: World
    split: str

    def __getitem__(self, place: int) -> Experience:
        return self.world.experience(self.split, place)


@dataclass(kw_only=True)
class WorldSource(Source):
    """The picture world."""

    world: Mapping[str, Any]
    train_items: int
    val_items: int
    test_items: int
    poem_items: int

    draws_pictures = True

    @property
    def nouns(self) -> Mapping[str, Sequence[str]]:
        """Nouns of each concept."""
        return {name: concept.nouns for name, concept in CONCEPTS.items()}

    @cached_property
    def drawn(self) -> World:
        """The world itself."""
        return World(steps=self.steps, lines_per_step=self.lines_per_step, **self.world)

    def identity(self) -> dict[str, Any]:
        """The world's own settings."""
        return {"kind": "world", "version": WORLD_VERSION, **asdict(self.drawn)}

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The splits as stores, made now if they are missing."""
        assert encoder is not None
        return {name: self._split(name, encoder, artefacts) for name in SPLITS}

    def _split(self, name: str, encoder: Encoder, artefacts: Artefacts) -> Split:
        count = int(getattr(self, f"{name}_items"))
        experiences = (self.drawn.experience(name, i) for i in range(count))
        store = self._encoded(f"{name}-{count}", experiences, count, encoder, artefacts)
        return Split(store, np.arange(len(store)))

    def experiences(self, name: str) -> "DrawnExperiences":
        """The experiences of a split, drawn when asked for."""
        return DrawnExperiences(self.drawn, name)

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """Poems of the world that stand in none of the splits of experiences."""
        counts = {"train": self.poem_items, "val": self.val_items}
        return {
            split: [Poem(f"poem-{split}-{i}", *self.drawn.poem(f"poems-{split}", i)) for i in range(count)]
            for split, count in counts.items()
        }

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """Every character the world can write."""
        return self.drawn.characters()
