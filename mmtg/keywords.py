"""A closed set of keywords, and which of them say what is in a picture (Image2Poem reference, sections 2, 3 and 7).

The keywords are encoded once, bare, as published; a picture's keywords are those nearest to its vector, found by one
matrix product. Letters of shapes: K keywords of the set, W vector width, B batch, T steps, k keywords of a picture,
N texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mmtg.artefacts import Artefacts
from mmtg.encoders.base import Encoder, unit
from mmtg.errors import InputError

FORMAT = 1
"""Raise it when the artefact of a set changes."""

VECTORS = "vectors.pt"
NONE = -1
"""In the place of a keyword where there is nothing to find one for."""


@dataclass(frozen=True)
class Heard:
    """Vectors [B, T, W] of pictures or texts, and whether each is there, bool [B, T]."""

    vectors: Tensor
    present: Tensor


class KeywordIndex:
    """The closed set with its vectors.

    Attributes:
        words: [K], no two alike.
        vectors: float32 [K, W], rows of length 1.

    Args:
        words: as above.
        vectors: [K, W] of any length.

    Raises:
        InputError: the numbers of words and vectors differ, or there is none.
    """

    def __init__(self, words: Sequence[str], vectors: Tensor) -> None:
        self.words = tuple(words)
        if not self.words or len(vectors) != len(self.words):
            raise InputError(f"there are {len(self.words)} keywords and {len(vectors)} vectors", field="keywords")
        self.vectors = unit(vectors.detach())

    def top(self, vectors: Tensor, k: int) -> Tensor:
        """The keywords nearest to each vector by cosine.

        Args:
            vectors: float [..., W]; their length plays no part.
            k: how many, from 1 to K.

        Returns:
            int64 [..., k], numbers of keywords, nearest first; equally near ones in the order of the set.

        Raises:
            InputError: k is out of its range, or the vectors are of another width.
        """
        if not 1 <= k <= len(self.words):
            raise InputError(f"is {k}; there are {len(self.words)} keywords", field="keywords.top_k")
        width = self.vectors.shape[1]
        if vectors.shape[-1] != width:
            raise InputError(
                f"is {vectors.shape[-1]}; the keywords' vectors have {width} numbers", field="encoder.width"
            )
        cosines = unit(vectors) @ self.vectors.to(vectors.device).T  # [..., K]
        return cosines.sort(dim=-1, descending=True, stable=True).indices[..., :k]

    def of_steps(self, pictures: Heard, k: int, texts: Heard | None = None) -> Tensor:
        """The keywords of each step.

        Args:
            pictures: of the steps.
            k: keywords of each.
            texts: of the steps, to stand in for missing pictures; None: a step without picture has no keywords.

        Returns:
            int64 [B, T, k]; NONE where a step has nothing.
        """
        heard = _filled(pictures, texts)
        return self.top(heard.vectors, k).masked_fill(~heard.present[..., None], NONE)

    def pooled(self, pictures: Heard, k: int, texts: Heard | None = None) -> Tensor:
        """The keywords of whole experiences: those nearest to the mean of the steps' vectors, each of length 1.

        Args:
            pictures: of the steps.
            k: keywords of an experience.
            texts: as in ``of_steps``.

        Returns:
            int64 [B, k]; NONE where an experience has nothing.
        """
        heard = _filled(pictures, texts)
        mean = (unit(heard.vectors) * heard.present[..., None]).sum(dim=1)  # [B, W]; its length plays no part
        return self.top(mean, k).masked_fill(~heard.present.any(dim=1, keepdim=True), NONE)

    def similarity(self, vectors: Tensor, keywords: Tensor) -> Tensor:
        """How near texts are to their keywords, by which the published system ranks its candidates.

        Args:
            vectors: float [N, W] of texts.
            keywords: int64 [N, k], numbers of keywords; NONE for none.

        Returns:
            float [N], the mean cosine over the keywords; 0 where there is none.
        """
        own = self.vectors.to(vectors.device)[keywords.clamp(min=0)]  # [N, k, W]
        there = keywords != NONE
        cosines = (own @ unit(vectors)[..., None]).squeeze(-1) * there  # [N, k]
        return cosines.sum(dim=1) / there.sum(dim=1).clamp(min=1)

    def named(self, keywords: Tensor) -> list[list[str]]:
        """The words of numbers [N, k], without those of nothing."""
        return [[self.words[number] for number in own if number != NONE] for own in keywords.tolist()]


def _filled(pictures: Heard, texts: Heard | None) -> Heard:
    """Pictures, and the texts of those steps that have none."""
    if texts is None:
        return pictures
    vectors = torch.where(pictures.present[..., None], pictures.vectors, texts.vectors)
    return Heard(vectors, pictures.present | texts.present)


def world_words() -> tuple[str, ...]:
    """The picture world's closed set: every noun of every concept."""
    from mmtg.world import CONCEPTS

    return tuple(dict.fromkeys(noun for concept in CONCEPTS.values() for noun in concept.nouns))


def closed_words(file: str | Path | None) -> tuple[str, ...]:
    """The keywords of a file, or the picture world's.

    Args:
        file: UTF-8, a keyword a line; blank lines and repeated keywords are dropped. None: the picture world's.

    Returns:
        The keywords, in their order.

    Raises:
        InputError: there is no such file, it has no keywords, or a line is none.
    """
    if file is None:
        return world_words()
    path = Path(file).expanduser()
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path, field="keywords.file") from None
    words = [_word(line, path, number) for number, line in enumerate(lines, start=1)]
    found = tuple(dict.fromkeys(word for word in words if word))
    if not found:
        raise InputError("has no keywords", file=path, field="keywords.file")
    return found


def _word(line: bytes, path: Path, number: int) -> str:
    try:
        word = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", file=path, record=f"line {number}") from None
    if any(not character.isprintable() for character in word):
        raise InputError(
            "holds a tab or another control character; wanted is one keyword a line", file=path, record=f"line {number}"
        )
    return word


def keyword_index(words: Sequence[str], encoder: Encoder, artefacts: Artefacts) -> KeywordIndex:
    """The closed set with its vectors, encoded now if it never was by this encoder.

    Args:
        words: the set.
        encoder: of the pictures that will be held against it.
        artefacts: where the vectors are kept.

    Returns:
        The set.
    """
    key = {"format": FORMAT, "encoder": encoder.fingerprint, "words": list(words)}

    def make(folder: Path) -> None:
        torch.save(unit(encoder.encode_texts(words)), folder / VECTORS)

    kept = artefacts.ensure("keywords", key, make)
    return KeywordIndex(words, torch.load(kept / VECTORS, map_location="cpu", weights_only=True))
