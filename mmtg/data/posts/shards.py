"""Posts in shards (CroMIC-CMT reference, sections 3 to 6): shard X is X.pt (texts) and X_image_lmdb (pictures)."""

from __future__ import annotations

import copy
import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from mmtg.data.posts.pictures_lmdb import LmdbPicture, PictureLmdb
from mmtg.data.posts.post import Post, PostTokens
from mmtg.data.posts.records import PostRecord, read_records
from mmtg.data.posts.sampler import ShardBatchSampler
from mmtg.errors import InputError

__all__ = ["ShardBatchSampler", "ShardedPosts"]

PICTURES = "_image_lmdb"


class _Shards:
    """The files; the records of the one asked for last are in memory."""

    def __init__(self, folder: Path, names: Sequence[str], tokens: PostTokens, max_pixels: int) -> None:
        self.folder, self.names, self.tokens = folder, names, tokens
        self.pictures = [PictureLmdb(folder / f"{name}{PICTURES}", max_pixels) for name in names]
        self._held: tuple[int, list[PostRecord]] | None = None

    def records(self, shard: int) -> list[PostRecord]:
        if self._held is None or self._held[0] != shard:
            self._held = None  # before the next one is read, so that never two are in memory
            self._held = shard, read_records(self.folder / f"{self.names[shard]}.pt", self.tokens)
        return self._held[1]

    def ids(self, shard: int) -> list[str]:
        """The ids of a shard, all of whose pictures are there."""
        ids = [record.id for record in self.records(shard)]
        there = self.pictures[shard].names()
        for did in ids:
            if did not in there:
                raise InputError("has no picture", file=self.pictures[shard].path, record=f"did {did!r}")
        return ids

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_held": None}


class ShardedPosts:
    """Posts with comments; the records of one shard at a time are in memory, of pictures none.

    Each shard is read and checked once at the start.

    Args:
        folder: the shards.
        names: of them, such as ``example``.
        tokens: how long texts may be, and of which vocabulary.
        max_pixels: larger pictures are refused.

    Raises:
        InputError: naming file and record, if a shard is missing or broken, or a picture is missing.
    """

    def __init__(
        self, folder: str | os.PathLike[str], names: Sequence[str], tokens: PostTokens, *, max_pixels: int
    ) -> None:
        if not names or len(set(names)) < len(names):
            raise InputError(f"must be names of shards, each once, not {list(names)}", file=folder)
        self._shards = _Shards(Path(folder), list(names), tokens, max_pixels)
        self._ids = [self._shards.ids(shard) for shard in range(len(names))]
        self._take([list(range(len(ids))) for ids in self._ids])

    def _take(self, places: list[list[int]]) -> None:
        self._places = places
        self.sizes: Sequence[int] = [len(own) for own in places]
        self._starts = [0, *accumulate(self.sizes)]

    def only(self, keep: Callable[[str], bool]) -> ShardedPosts:
        """Some of the posts; both read the same shard at a time.

        Args:
            keep: whether the post of an id is one of them.

        Returns:
            The posts, in as many shards, of which some may be empty.
        """
        some = copy.copy(self)
        some._take([[i for i in own if keep(ids[i])] for own, ids in zip(self._places, self._ids, strict=True)])
        return some

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, index: int) -> Post:
        """A post; its shard is read if it is not in memory."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        shard = bisect_right(self._starts, index) - 1
        record = self._shards.records(shard)[self._places[shard][index - self._starts[shard]]]
        pictures = self._shards.pictures[shard]
        return Post(
            id=record.id,
            text=record.text,
            picture=LmdbPicture(pictures, record.id),
            picture_key=f"{pictures.path}/{record.id}",
            replies=record.replies,
        )
