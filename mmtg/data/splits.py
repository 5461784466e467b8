"""Splits of stores, and poems."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mmtg.data.store import ExperienceStore, StoredExperience
from mmtg.errors import InputError

BEST_RATING = 5


@dataclass(frozen=True)
class Split:
    """Some experiences of a store, by their places in it."""

    store: ExperienceStore
    places: np.ndarray  # int64 [N]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> StoredExperience:
        return self.store[int(self.places[index])]

    @property
    def ratings(self) -> np.ndarray:
        """[N]; experiences without a rating belong wholly to their lines, and count as the best."""
        ratings = self.store.ratings[self.places]
        return np.where(ratings == 0, BEST_RATING, ratings)


@dataclass(frozen=True)
class Poem:
    """A record of phase 1."""

    id: str
    topic: str
    lines: tuple[str, ...]
    keywords: tuple[str, ...] = ()  # that the data bring


class Poems(Protocol):
    """Poems by their places: a list, or a table that stays on disk."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Poem: ...

    def __iter__(self) -> Iterator[Poem]: ...


def is_held_out(lines: Sequence[str], *, share: float) -> bool:
    """Whether a text is among the ``share`` that is kept from training: by the hash of its lines."""
    return zlib.crc32("".join(lines).encode()) < share * 2**32


def hold_out(stores: Mapping[str, ExperienceStore], *, val_share: float, test_items: int) -> dict[str, Split]:
    """Splits of the stores there are; missing ones are taken out of ``train``, by the hash of the ids.

    Args:
        stores: ``train``, and perhaps ``val`` and ``test``.
        val_share: of train, when there is no ``val``.
        test_items: of train's best-rated, when there is no ``test``; at most a tenth of train.

    Returns:
        The three splits, without overlap between those that come from one store.

    Raises:
        InputError: nothing is left to train on.
    """
    splits = {name: Split(store, np.arange(len(store))) for name, store in stores.items()}
    train = stores["train"]
    places = held_out_places(
        train.ids(),
        train.ratings,
        val_share=None if "val" in splits else val_share,
        test_items=None if "test" in splits else test_items,
    )
    splits |= {name: Split(train, held) for name, held in places.items()}
    free = np.ones(len(train), dtype=bool)
    for held in places.values():
        free[held] = False
    splits["train"] = Split(train, np.flatnonzero(free))
    if not len(splits["train"]):
        raise InputError(f"{len(train)} experiences are too few to hold some out for validation and test")
    return splits


def held_out_places(
    ids: Iterable[str], ratings: np.ndarray, *, val_share: float | None, test_items: int | None
) -> dict[str, np.ndarray]:
    """Which experiences of a training set are held out of it, by the hash of their ids.

    Args:
        ids: [N] of the experiences.
        ratings: [N] of them.
        val_share: held out for ``val``; None for none.
        test_items: of the best-rated, held out for ``test``, at most a tenth of all; None for none.

    Returns:
        Places int64 of ``test`` and ``val``, in order, without overlap; only of those asked for.
    """
    hashes = np.fromiter((zlib.crc32(name.encode()) for name in ids), np.uint32, len(ratings))
    order = np.argsort(hashes, kind="stable")
    places: dict[str, np.ndarray] = {}
    if test_items is not None:
        best = order[ratings[order] == ratings.max()] if len(order) else order
        places["test"] = np.sort(best[: max(1, min(test_items, len(order) // 10))])
    if val_share is not None:
        free = order[~np.isin(order, places.get("test", ()))]
        places["val"] = np.sort(free[: max(1, round(val_share * len(order)))])
    return places


def distinct_poems(split: Split) -> Iterator[Poem]:
    """Each different text of a split's highest rating once."""
    seen = set()
    best = split.ratings.max()
    for place in np.flatnonzero(split.ratings == best):
        experience = split[int(place)]
        if experience.lines and experience.lines not in seen:
            seen.add(experience.lines)
            yield Poem(experience.id, experience.topic, experience.lines)
