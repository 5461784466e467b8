"""What all sources of experiences share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.data.encode import encode_experiences
from mmtg.data.experience import Experience, Experiences
from mmtg.data.layout import Layout
from mmtg.data.layouts import layout_from_plain
from mmtg.data.posts.post import Posts, PostTokens
from mmtg.data.splits import Poems, Split, distinct_poems
from mmtg.data.store import ExperienceStore
from mmtg.data.token_table import open_token_table, save_token_table
from mmtg.data.vocabulary import Vocabulary, character_vocabulary, read_vocabulary
from mmtg.encoders.base import Encoder
from mmtg.encoders.tokens import token_table
from mmtg.errors import InputError
from mmtg.logging.progress import track
from mmtg.units import CHARACTERS

if TYPE_CHECKING:
    from mmtg.data.pictured import Pictures

FORMAT = 1
"""Goes into every artefact's key: raise it when the code that makes artefacts changes what it makes."""

SPLITS = ("train", "val", "test")
TOKEN_SEED = 0
"""Seed of the vectors of special tokens and of random token tables."""


@dataclass(kw_only=True)
class Source:
    """Gives splits as stores, poems for phase 1, a vocabulary, and a vector for each token.

    Splits are ``train``, ``val`` and ``test``. The fields are those of ``conf/data``.
    """

    steps: int
    lines_per_step: int
    layout: Mapping[str, Any]
    vocabulary: str
    keep_spaces: bool
    batch_size: int
    eval_batch_size: int
    encode_batch_size: int
    workers: int
    vector_dtype: str

    brings_vectors = False
    brings_pictures = False  # True: `pictured` gives pictures with their poems, for encoders that learn from pairs
    brings_cells = False  # True: `cells` gives what is seen of parts of pictures
    brings_posts = False  # True: `posts` gives posts with comments, captions or questions
    draws_pictures = False  # True: pictures are drawn when asked for, so that their pixels are worth keeping
    fewer_lines = False  # True: a text may have fewer lines than steps * lines_per_step, but one at least
    lines_are_texts = False  # True: the lines of an experience are texts of their own, each true of all of it
    unit = CHARACTERS  # what metrics count its texts in

    @property
    def brings_experiences(self) -> bool:
        """Whether there is more than texts."""
        return True

    @property
    def nouns(self) -> Mapping[str, Sequence[str]]:
        """Nouns of each concept, where the plan behind an experience is known."""
        return {}

    def identity(self) -> dict[str, Any]:
        """Plain data that decide what the source contains."""
        raise NotImplementedError

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The splits as stores, made now if they are missing."""
        raise NotImplementedError

    def pictured(self) -> Iterator[Experience]:
        """Training experiences with their pictures and lines, for encoders that learn from pairs.

        Returns:
            The experiences, without those held out for validation and test.

        Raises:
            InputError: the data have none.
        """
        raise InputError("has no pictures with poems for an encoder to learn from", field="data")

    def posts(self, lesson: str, tokens: PostTokens) -> Mapping[str, Posts]:
        """Posts of the three splits.

        Args:
            lesson: one of mmtg.data.posts.post.LESSONS.
            tokens: how their texts become tokens.

        Returns:
            The posts of ``train``, ``val`` and ``test``.

        Raises:
            InputError: the data have none of that lesson.
        """
        raise InputError(f"has no posts to learn {lesson} from", field="data")

    def post_characters(self) -> Iterable[str]:
        """Texts whose characters make the vocabulary of posts if none is given."""
        return ()

    def answers(self) -> list[str]:
        """Texts of the answer classes, in the order of their numbers."""
        return []

    def experiences(self, name: str) -> Experiences:
        """The experiences of a split's store with their pictures, for systems that look for themselves.

        Args:
            name: of the split.

        Returns:
            Experiences by their places in the store.

        Raises:
            InputError: the data have vectors alone.
        """
        raise InputError("has no pictures but only vectors; choose model.sees=vectors", field="data")

    def cells(self, split: Split, grid: int) -> Pictures:
        """Cells of a split's pictures that the data bring.

        Args:
            split: of the data.
            grid: cells a side of a picture.

        Returns:
            The cells, read whenever they are asked for.

        Raises:
            InputError: the data have none, or none of that size.
        """
        raise InputError("has no cells of pictures", field="data")

    def post_counts(self) -> dict[str, int]:
        """How many posts there are, where that is not told by ``identity``."""
        return {}

    def poems(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Mapping[str, Poems]:
        """Texts for phase 1: those of the best-rated training experiences, each once, and of validation.

        ``test``, where given, are the poems to whose topics the test writes; else it is all of ``val``.
        """
        return {name: list(distinct_poems(splits[name])) for name in ("train", "val")}

    def characters(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Iterable[str]:
        """Texts whose characters make the vocabulary if none is given."""
        for split in splits.values():
            yield from split.store.topics()
            for lines in split.store.lines():
                yield from lines

    def make_vocabulary(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Vocabulary:
        """The vocabulary that the configuration names, or one of the data's characters."""
        if self.vocabulary != "auto":
            return read_vocabulary(Path(self.vocabulary), keep_spaces=self.keep_spaces)
        texts = chain([str(self.layout["prompt"])], self.characters(splits, artefacts))
        return character_vocabulary(texts, keep_spaces=self.keep_spaces)

    def make_layout(self, vocabulary: Vocabulary, kind: str) -> Layout:
        """The token layout of this source's sizes."""
        sizes = {"kind": kind, "steps": self.steps, "lines_per_step": self.lines_per_step, **self.layout}
        return layout_from_plain(sizes, vocabulary)

    def make_token_table(
        self, vocabulary: Vocabulary, encoder: Encoder | None, artefacts: Artefacts, width: int
    ) -> np.ndarray:
        """A vector for each token, float32 [V, W]: the encoder's, else random unit vectors."""
        texts, specials = vocabulary.texts(), vocabulary.special_tokens()
        if encoder is None:
            return random_unit_vectors(len(texts), width=width, seed=TOKEN_SEED)
        key = {"format": FORMAT, "encoder": encoder.fingerprint, "vocabulary": vocabulary.to_plain()}
        path = artefacts.ensure(
            "tokens",
            {**key, "vocabulary": fingerprint(key)},
            lambda folder: save_token_table(
                folder / "table", token_table(encoder, texts, special=specials, seed=TOKEN_SEED)
            ),
        )
        return open_token_table(path / "table")

    def _encoded(
        self,
        name: str,
        experiences: Iterator[Experience],
        count: int | None,
        encoder: Encoder,
        artefacts: Artefacts,
    ) -> ExperienceStore:
        """The store of some experiences, made now if it is missing."""
        key = {"format": FORMAT, "split": name, "source": self.identity(), "encoder": encoder.fingerprint}

        def make(folder: Path) -> None:
            encode_experiences(
                track(experiences, f"encoding {name}", total=count),
                encoder,
                folder / "store",
                steps=self.steps,
                lines_per_step=self.lines_per_step,
                fewer_lines=self.fewer_lines,
                batch_size=self.encode_batch_size,
                vector_dtype=self.vector_dtype,
                origin=key,
            )

        return ExperienceStore.open(artefacts.ensure("store", key, make) / "store")


def random_unit_vectors(count: int, *, width: int, seed: int) -> np.ndarray:
    """Directions drawn evenly: float32 [count, width], rows of length 1."""
    drawn = np.random.default_rng(seed).standard_normal((count, width))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
