"""Captions of COCO's images with Karpathy's splits: ``dataset_coco.json`` (generate-it reference, section 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from mmtg.data.line_files import checked_text, kind_of
from mmtg.data.strange_json import read_json
from mmtg.errors import InputError

KARPATHY_SPLITS = ("train", "restval", "val", "test")


@dataclass(frozen=True)
class CaptionedImage:
    """An image of the file.

    Attributes:
        name: of its file without ending, such as ``COCO_train2014_000000000009``; its grid features have it too.
        split: one of KARPATHY_SPLITS.
        captions: words with a space between them.
    """

    name: str
    split: str
    captions: tuple[str, ...]


def read_karpathy(path: Path) -> list[CaptionedImage]:
    """Reads and checks all images.

    Args:
        path: the file.

    Returns:
        The images, in the order of the file.

    Raises:
        InputError: naming file, record and field, at the first that is wrong.
    """
    images, seen = [], dict[str, int]()
    for place, given in enumerate(_entries(path)):
        record = _Record(path, place, given)
        name = record.name()
        if name in seen:
            record.fail("filename", f"'{name}' is that of image {seen[name]} already")
        seen[name] = place
        images.append(CaptionedImage(name, record.split(), record.captions()))
    return images


def _entries(path: Path) -> list[Any]:
    """The list ``images``, its entries not yet checked."""
    found = read_json(path, field="data.annotations")
    images = found.get("images") if isinstance(found, dict) else None
    if not isinstance(images, list) or not images:
        raise InputError("must be an object with a list of images that is not empty", file=path, field="images")
    return images


@dataclass(frozen=True)
class _Record:
    """An entry of the list, with what is needed to complain of it; its place counts from 0."""

    path: Path
    place: int
    content: Any

    def fail(self, field: str | None, what: str) -> NoReturn:
        raise InputError(what, file=self.path, record=f"image {self.place}", field=field)

    def name(self) -> str:
        given = self._text(self._given(self.content, "filename"), "filename")
        path = PurePosixPath(given)
        if path.name != given or path.stem in ("", "."):
            self.fail("filename", f"must be the name of a file, not '{given[:60]}'")
        return path.stem

    def split(self) -> str:
        given = self._text(self._given(self.content, "split"), "split")
        if given not in KARPATHY_SPLITS:
            self.fail("split", f"'{given[:60]}' is unknown; must be one of {', '.join(KARPATHY_SPLITS)}")
        return given

    def captions(self) -> tuple[str, ...]:
        sentences = self._list(self._given(self.content, "sentences"), "sentences")
        return tuple(self._caption(given, f"sentences[{i}]") for i, given in enumerate(sentences))

    def _caption(self, given: Any, field: str) -> str:
        field_of_tokens = f"{field}.tokens"
        tokens = self._list(self._given(given, "tokens", field), field_of_tokens)
        words = " ".join(self._text(token, field_of_tokens) for token in tokens).split()
        if not words:
            self.fail(field_of_tokens, "are all empty")
        return " ".join(words)

    def _given(self, content: Any, key: str, within: str | None = None) -> Any:
        if not isinstance(content, Mapping):
            self.fail(within, f"must be an object, not {kind_of(content)}")
        if key not in content:
            self.fail(f"{within}.{key}" if within else key, "is missing")
        return content[key]

    def _list(self, given: Any, field: str) -> list[Any]:
        if not isinstance(given, list) or not given:
            self.fail(field, f"must be a list that is not empty, not {'[]' if given == [] else kind_of(given)}")
        return given

    def _text(self, given: Any, field: str) -> str:
        return checked_text(given, file=self.path, record=f"image {self.place}", field=field)
