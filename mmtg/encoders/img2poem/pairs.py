"""Items on the disk: pixels in one memory-mapped array, everything else beside it.

Letters of shapes: N items, S the side of a picture in pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL.Image import Image
from torch import Tensor, from_numpy

from mmtg.encoders.img2poem.items import LABELS, Item
from mmtg.encoders.pictures import opened
from mmtg.encoders.reading import Reading
from mmtg.files import write_json
from mmtg.logging.progress import track

PIXELS, ABOUT = "pixels.npy", "items.json"
UNKNOWN = -1
"""Number of a label that is not known; losses pass over it."""


@dataclass(frozen=True)
class Pairs:
    """Items as arrays.

    Attributes:
        pixels: uint8 [N, S, S, 3], memory-mapped.
        keys: [N] of pictures.
        texts: [N] poems.
        groups: [N] names of experiences.
        paired: bool [N].
        labels: by kind of label, [N] values; empty where not known.
    """

    pixels: np.ndarray
    keys: list[str]
    texts: list[str]
    groups: list[str]
    paired: np.ndarray
    labels: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def poem_numbers(self) -> Tensor:
        """[N] int64, equal for equal texts."""
        return from_numpy(np.unique(np.array(self.texts, dtype=object), return_inverse=True)[1].astype(np.int64))

    @cached_property
    def picture_numbers(self) -> Tensor:
        """[N] int64, equal for the same picture."""
        return from_numpy(np.unique(np.array(self.keys, dtype=object), return_inverse=True)[1].astype(np.int64))

    def values(self, label: str) -> list[str]:
        """The values that occur of a kind of label, sorted."""
        return sorted(set(self.labels[label]) - {""})

    def numbers(self, label: str, values: Sequence[str]) -> np.ndarray:
        """[N] int64 places of a label among ``values``; UNKNOWN for others."""
        place = {value: number for number, value in enumerate(values)}
        return np.array([place.get(value, UNKNOWN) for value in self.labels[label]], dtype=np.int64)


def write_pairs(folder: Path, items: Sequence[Item], reading: Reading, *, title: str, workers: int) -> None:
    """Write items to a folder.

    Args:
        folder: there, without these files.
        items: what to write; pictures are opened one after the other.
        reading: how pictures become pixels.
        title: of the bar.
        workers: threads that open pictures ahead.
    """
    shape = (len(items), reading.size, reading.size, 3)
    pixels = np.lib.format.open_memmap(folder / PIXELS, mode="w+", dtype=np.uint8, shape=shape)
    openers: list[Callable[[], Image]] = [item.picture for item in items]
    for place, picture in enumerate(track(opened(openers, workers=workers), title, total=len(items))):
        pixels[place] = reading.pixels([picture])[0]
    pixels.flush()
    plain = {name: [getattr(item, name) for item in items] for name in ("key", "text", "group", "paired")}
    labels = {name: [item.labels.get(name, "") for item in items] for name in LABELS}
    write_json(folder / ABOUT, {**plain, "labels": labels})


def read_pairs(folder: Path) -> Pairs:
    """The items that :func:`write_pairs` wrote."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    pixels = np.load(folder / PIXELS, mmap_mode="r") if about["text"] else np.zeros((0, 1, 1, 3), np.uint8)
    paired = np.array(about["paired"], dtype=bool)
    return Pairs(pixels, about["key"], about["text"], about["group"], paired, about["labels"])
