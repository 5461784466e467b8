"""Opening picture files that strangers made, and opening many pictures at once."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from mmtg.errors import InputError

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # PictureFile refuses by a limit of its own

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""What is opened; others that Pillow knows start programs or fetch further files."""


@dataclass(frozen=True)
class PictureFile:
    """A picture file named in a record; calling it opens the picture.

    Attributes:
        path: the picture.
        file: the file that names it.
        record: where in that file, such as ``line 3``.
        field: what field of the record, such as ``steps[2].image``.
        max_pixels: larger pictures are refused before they are decoded.
    """

    path: Path
    file: Path
    record: str
    field: str
    max_pixels: int

    def __call__(self) -> Image.Image:
        """Open the picture.

        Returns:
            RGB, turned as its camera noted, on white where it is transparent; the first frame of several.

        Raises:
            InputError: naming file, record and field, if it is missing, broken, too large or no picture.
        """
        return open_picture(self.path, max_pixels=self.max_pixels, error=self._error)

    def _error(self, what: str) -> InputError:
        return InputError(f"{self.path}: {what}", file=self.file, record=self.record, field=self.field)


def open_picture(source: Path | BinaryIO, *, max_pixels: int, error: Callable[[str], InputError]) -> Image.Image:
    """Open a picture that strangers made.

    Args:
        source: its file, or its bytes as a file in memory.
        max_pixels: a larger one is refused before it is decoded.
        error: makes of what is wrong what is raised.

    Returns:
        RGB, turned as its camera noted, on white where it is transparent; the first frame of several.

    Raises:
        InputError: it is missing, broken, too large or no picture.
    """
    try:
        with Image.open(source, formats=FORMATS) as picture:
            wide, high = picture.size
            if wide * high > max_pixels:
                raise error(f"has {wide} x {high} pixels, more than the {max_pixels} allowed")
            picture.load()
            return on_white(ImageOps.exif_transpose(picture))
    except InputError:
        raise
    except FileNotFoundError:
        raise error("there is no such picture") from None
    except Image.UnidentifiedImageError:
        raise error(f"is no picture of a known format ({', '.join(FORMATS)})") from None
    except Exception as found:  # each of Pillow's decoders has its own kinds of failure
        raise error(f"cannot be read as a picture ({found or type(found).__name__})") from found


def on_white(picture: Image.Image) -> Image.Image:
    """Convert a picture of any mode to RGB, transparent parts laid over white."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow's conversion would clip to white
        return Image.fromarray((np.asarray(picture).clip(0, 65535) // 256).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return picture.convert("RGB")


def opened(openers: Iterable[Callable[[], Image.Image]], *, workers: int) -> Iterator[Image.Image]:
    """Open pictures in order.

    Args:
        openers: each opens or draws a picture.
        workers: threads that open ahead of the reader, two pictures each; 0 opens each when it is asked for.
            They help with files, which are decoded outside the interpreter's lock.

    Yields:
        The pictures, in the order of their openers.
    """
    if workers < 1:
        yield from (opener() for opener in openers)
        return
    left = iter(openers)
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[Image.Image]] = deque(pool.submit(opener) for opener in islice(left, 2 * workers))
        try:
            while ahead:
                picture = ahead.popleft().result()
                ahead.extend(pool.submit(opener) for opener in islice(left, 1))
                yield picture
        finally:
            for future in ahead:
                future.cancel()
