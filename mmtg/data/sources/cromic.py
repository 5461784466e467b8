"""Posts, captions and questions of CroMIC-CMT as sources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from mmtg.data.posts.captions import captioned_pictures
from mmtg.data.posts.items import PictureItems
from mmtg.data.posts.picture_places import PicturePlace, open_places
from mmtg.data.posts.post import ANSWERS, CAPTIONS, CLASSES, COMMENTS, Posts, PostTokens
from mmtg.data.posts.questions import answered_questions, classified_questions
from mmtg.data.posts.shards import PICTURES, ShardedPosts
from mmtg.data.sources.base import SPLITS
from mmtg.data.sources.posts import PostSource
from mmtg.data.vocabulary import read_tokens


@dataclass(kw_only=True)
class CromicSource(PostSource):
    """Posts with comments in shards: ROOT/X.pt with texts, ROOT/X_image_lmdb with pictures."""

    train: list[str]
    val: list[str] | None
    test: list[str] | None

    lessons = (COMMENTS,)
    kind = "cromic"

    def _read(self, split: str, lesson: str, tokens: PostTokens) -> ShardedPosts:
        return ShardedPosts(self.root, getattr(self, split), tokens, max_pixels=self.max_pixels)

    def _shards(self) -> list[str]:
        return sorted({shard for name in SPLITS for shard in getattr(self, name) or ()})

    def _record_files(self) -> Iterable[Path]:
        return (Path(self.root) / f"{shard}.pt" for shard in self._shards())

    def _picture_files(self) -> Iterable[Path]:
        return (Path(self.root) / f"{shard}{PICTURES}" / "data.mdb" for shard in self._shards())


@dataclass(kw_only=True)
class PictureSource(PostSource):
    """Pictures with captions or questions, a file for each split."""

    train: str
    val: str | None
    test: str | None
    pictures: list[str]

    def _file(self, split: str) -> Path:
        return Path(self.root) / str(getattr(self, split))

    @cached_property
    def _place(self) -> PicturePlace:
        paths = [str(Path(self.root) / path) for path in self.pictures]
        return open_places(paths, max_pixels=self.max_pixels, field="data.pictures")

    def _record_files(self) -> Iterable[Path]:
        return (self._file(name) for name in SPLITS if getattr(self, name) is not None)

    def _picture_files(self) -> Iterable[Path]:
        return (Path(self.root) / path for path in self.pictures)


@dataclass(kw_only=True)
class CaptionSource(PictureSource):
    """Captioned pictures: AIC-ICC, Flickr30k-CN, MUGE."""

    lessons = (CAPTIONS,)
    kind = "captions"

    def posts(self, lesson: str, tokens: PostTokens) -> Mapping[str, Posts]:
        """The pictures of each split, with one caption each to train on, and all to be compared with.

        Args:
            lesson: ``captions``.
            tokens: tell the vocabulary, and how long captions may be.

        Returns:
            The pictures of ``train``, ``val`` and ``test``.
        """
        found = dict(super().posts(lesson, tokens))
        train = found["train"]
        assert isinstance(train, PictureItems)
        return {**found, "train": train.pairs()}

    def _read(self, split: str, lesson: str, tokens: PostTokens) -> PictureItems:
        return captioned_pictures(self._file(split), tokens, self._place)


@dataclass(kw_only=True)
class QuestionSource(PictureSource):
    """Questions about pictures: FMIQA with answers in words, VQA v2.0 with votes for classes."""

    picture_names: list[str]
    kinds: str | None
    answer_texts: str | None
    classes: int

    lessons: ClassVar[tuple[str, ...]] = (ANSWERS, CLASSES)
    kind = "questions"

    def answers(self) -> list[str]:
        """The lines of ``answer_texts``, else the numbers of the classes."""
        if self.answer_texts is None:
            return [str(answer) for answer in range(self.classes)]
        return read_tokens(Path(self.root) / self.answer_texts, field="data.answer_texts")

    def _read(self, split: str, lesson: str, tokens: PostTokens) -> PictureItems:
        file, place = self._file(split), self._place
        if lesson == ANSWERS:
            return answered_questions(file, tokens, place, picture_names=self.picture_names)
        kinds = None if self.kinds is None else Path(self.root) / self.kinds
        return classified_questions(
            file, tokens, place, picture_names=self.picture_names, classes=len(self.answers()), kinds=kinds
        )
