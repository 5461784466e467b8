"""What the sources of real posts share."""

import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.data.post_vocabulary import PostVocabulary, read_post_vocabulary
from mmtg.data.posts.post import Posts, PostTokens
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.splits import Poems, Split, is_held_out
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError

CHUNK = 2**20


class Parted(Posts, Protocol):
    """Posts of which some may be taken."""

    def only(self, keep: Callable[[str], bool]) -> Self:
        """Those whose names are to be kept."""


@dataclass(kw_only=True)
class PostSource(Source):
    """Real posts in tokens: their vocabulary is that of a file, and there are neither experiences nor poems."""

    root: str
    val_share: float
    test_share: float
    max_pixels: int

    brings_posts = True
    brings_experiences = False
    lessons: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = ""

    def identity(self) -> dict[str, Any]:
        """Content of the record files, size and time of change of what holds the pictures."""
        shares = {"val_share": self.val_share, "test_share": self.test_share}
        records = {self._name(path): _crc(path) for path in self._record_files() if path.is_file()}
        states = {self._name(path): path.stat() for path in self._picture_files() if path.exists()}
        pictures = fingerprint({path: (state.st_size, state.st_mtime_ns) for path, state in states.items()})
        return {"kind": self.kind, "records": records, "pictures": pictures, **shares}

    def _name(self, path: Path) -> str:
        return os.path.relpath(path, self.root)

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """There are no experiences."""
        raise InputError("has posts, and no experiences", field="data")

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """There are no poems."""
        raise InputError("has posts, and no poems", field="data")

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """None: their vocabulary is that of a file."""
        return ()

    def make_vocabulary(self, splits: Mapping[str, Split], artefacts: Artefacts) -> PostVocabulary:
        """The vocabulary that the configuration names, which the records were made with."""
        return read_post_vocabulary(Path(self.vocabulary), keep_spaces=self.keep_spaces)

    def posts(self, lesson: str, tokens: PostTokens) -> Mapping[str, Posts]:
        """The posts of each split; what has no file of its own is held out of ``train``.

        Args:
            lesson: one of those that these data have.
            tokens: tell the vocabulary, and how long texts may be.

        Returns:
            The posts of ``train``, ``val`` and ``test``.

        Raises:
            InputError: the data have none of that lesson, a file is wrong, or a split is empty.
        """
        if lesson not in self.lessons:
            what = f"is {lesson}; {self.kind} data have {', '.join(self.lessons)} alone"
            raise InputError(what, field="model.learns")
        return self._checked(self._parted(lesson, tokens))

    def _parted(self, lesson: str, tokens: PostTokens) -> dict[str, Parted]:
        train = self._read("train", lesson, tokens)
        found = {"train": train.only(partial(self._is_of, "train"))}
        for name in SPLITS[1:]:
            own = getattr(self, name) is not None
            found[name] = self._read(name, lesson, tokens) if own else train.only(partial(self._is_of, name))
        return found

    def _is_of(self, split: str, name: str) -> bool:
        return self._split_of(name) == split

    def _split_of(self, name: str) -> str:
        """The split of a training file's post, by the hash of its name."""
        val = self.val_share if getattr(self, "val") is None else 0.0  # noqa: B009
        test = self.test_share if getattr(self, "test") is None else 0.0  # noqa: B009
        if is_held_out([name], share=val):
            return "val"
        return "test" if is_held_out([name], share=val + test) else "train"

    def _checked(self, found: Mapping[str, Posts]) -> Mapping[str, Posts]:
        if not all(map(len, found.values())):
            counts = ", ".join(f"{name} {len(posts)}" for name, posts in found.items())
            what = f"gives too few posts: {counts} (data.val_share, data.test_share, data.val, data.test)"
            raise InputError(what, file=self.root)
        return found

    def _read(self, split: str, lesson: str, tokens: PostTokens) -> Parted:
        """The posts of a split's own files."""
        raise NotImplementedError

    def _record_files(self) -> Iterable[Path]:
        """All files of records."""
        raise NotImplementedError

    def _picture_files(self) -> Iterable[Path]:
        """All files and folders that hold pictures."""
        raise NotImplementedError


def _crc(path: Path) -> int:
    """Checksum of a file of any size."""
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            value = zlib.crc32(chunk, value)
    return value
