"""Pixels of many pictures in one memory-mapped array, made once.

Letters of shapes: N pictures, S their side in pixels.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image

from mmtg.artefacts import Artefacts
from mmtg.encoders.pictures import opened
from mmtg.encoders.reading import Reading
from mmtg.logging.progress import track

FORMAT = 1
"""Raise it when the same pictures become other pixels."""

FILE = "pixels.npy"
Opener = Callable[[], Image] | None
"""Opens a picture; None where there is none."""


def pixels_of(
    openers: Iterable[Opener],
    count: int,
    reading: Reading,
    artefacts: Artefacts,
    *,
    key: Mapping[str, Any],
    title: str,
    workers: int = 0,
) -> np.ndarray:
    """The pixels of pictures, read now if they are not kept.

    Args:
        openers: of N pictures, asked for one after the other.
        count: N.
        reading: how pictures become pixels.
        artefacts: where they are kept.
        key: plain data that decide which pictures they are.
        title: of the bar.
        workers: threads that open pictures ahead.

    Returns:
        uint8 [N, S, S, 3], memory-mapped; zeros where there is no picture.
    """

    def make(folder: Path) -> None:
        shape = (count, reading.size, reading.size, 3)
        pixels = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=np.uint8, shape=shape)
        for place, picture in numbered(track(openers, title, total=count), workers):
            pixels[place] = reading.pixels([picture])[0]
        pixels.flush()

    if not count:
        return np.zeros((0, reading.size, reading.size, 3), np.uint8)
    path = artefacts.ensure("pixels", {**key, "pixels": FORMAT, "reading": _plain(reading), "count": count}, make)
    kept: np.ndarray = np.load(path / FILE, mmap_mode="r")
    return kept


def opened_pixels(openers: Sequence[Opener], reading: Reading) -> np.ndarray:
    """The pixels of N pictures that are opened now, uint8 [N, S, S, 3]; zeros where there is none."""
    pixels = np.zeros((len(openers), reading.size, reading.size, 3), np.uint8)
    for place, opener in enumerate(openers):
        if opener is not None:
            pixels[place] = reading.pixels([opener()])[0]
    return pixels


def numbered(openers: Iterable[Opener], workers: int) -> Iterator[tuple[int, Image]]:
    """The pictures that are there, with their places."""
    places: list[int] = []

    def there() -> Iterator[Callable[[], Image]]:
        for place, opener in enumerate(openers):
            if opener is not None:
                places.append(place)
                yield opener

    for number, picture in enumerate(opened(there(), workers=workers)):
        yield places[number], picture


def _plain(reading: Reading) -> dict[str, Any]:
    """What decides pixels; mean and std are taken out later."""
    return {name: value for name, value in asdict(reading).items() if name in ("size", "resize")}
