"""Pictures of steps: files that somebody gave, checked, and pictures drawn by the world from words."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mmtg.encoders.pictures import open_picture
from mmtg.errors import InputError
from mmtg.playground.words import shown_by
from mmtg.world.pictures import Drawing

USE = "playground"
"""Keys the chance in pictures that are drawn here."""


def step_name(number: int) -> str:
    """What the page and its complaints call a step, counted from 0."""
    return f"step {number + 1}"


@dataclass(frozen=True)
class Limits:
    """What is refused.

    Attributes:
        max_pixels: of a picture.
        max_bytes: of a picture's file.
        max_text: characters of the topic or of a step's text.
    """

    max_pixels: int
    max_bytes: int
    max_text: int

    def __post_init__(self) -> None:
        for name in ("max_pixels", "max_bytes", "max_text"):
            if getattr(self, name) < 1:
                raise InputError(f"must be at least 1, not {getattr(self, name)}", field=f"task.{name}")


@dataclass(frozen=True)
class GivenPicture:
    """A picture file of a step; calling it opens the picture.

    Attributes:
        path: the file.
        step: its step, counted from 0.
        limits: for pictures.
    """

    path: Path
    step: int
    limits: Limits

    def __call__(self) -> Image.Image:
        """Open the picture.

        Returns:
            RGB.

        Raises:
            InputError: naming the step; it is missing, broken, too large or no picture.
        """
        self._check_size()
        return open_picture(self.path, max_pixels=self.limits.max_pixels, error=self._error)

    def key(self) -> str:
        """What it holds, in short.

        Returns:
            Equal texts for two files exactly if they hold the same.

        Raises:
            InputError: naming the step; it is missing or too large.
        """
        self._check_size()
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()

    def _check_size(self) -> None:
        if not self.path.is_file():
            raise self._error("there is no such picture")
        if (size := self.path.stat().st_size) > self.limits.max_bytes:
            raise self._error(f"has {size} bytes, more than the {self.limits.max_bytes} allowed")

    def _error(self, what: str) -> InputError:
        return InputError(what, record=step_name(self.step), field="picture")


def drawn(words: str, step: int, *, side: int) -> Image.Image:
    """Draw what words say; the same words, the same picture.

    Args:
        words: see :func:`mmtg.playground.words.shown_by`.
        step: the picture's step, counted from 0.
        side: width and height in pixels.

    Returns:
        RGB, side by side pixels.

    Raises:
        InputError: naming the step; the words name nothing that can be drawn, or too much.
    """
    try:
        concept, sky = shown_by(words)
    except InputError as error:
        raise InputError(str(error), record=step_name(step), field="words") from error
    return Drawing(concept, sky, side, (USE, step))()
