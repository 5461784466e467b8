"""A contact sheet of paintings: a row an experience; of each step the true picture, the decoded and the painted one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from PIL import Image, ImageDraw, ImageFont
from pypinyin import lazy_pinyin

from mmtg.errors import InputError

KINDS = ("true", "decoded", "painted")
"""Of the pictures of a step, from left to right."""

_LETTERS, _GAP, _MARGIN = 12, 4, 12  # Pixels: height of letters, between lines or pictures, between steps and rows.
_MISSING = "lightgrey"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class PaintedStep:
    """A step of an experience.

    Attributes:
        lines: that were painted.
        pictures: of KINDS; None for those that there are none of.
    """

    lines: tuple[str, ...]
    pictures: tuple[Image.Image | None, ...]


@dataclass(frozen=True)
class PaintedRow:
    """An experience.

    Attributes:
        title: above its pictures.
        steps: in order.
    """

    title: str
    steps: tuple[PaintedStep, ...]


class Lettering:
    """Writes on a page, with a font that is there; Chinese in pinyin where that has no Chinese characters.

    Args:
        font: a TrueType or OpenType font; None: Pillow's own, which has Latin letters.

    Raises:
        InputError: the font cannot be read.
    """

    def __init__(self, font: Path | None) -> None:
        self.latin = font is None
        try:
            self.font: Font = (
                ImageFont.load_default(_LETTERS) if font is None else ImageFont.truetype(str(font), _LETTERS)
            )
        except OSError as error:
            raise InputError(f"cannot be read as a font ({error})", file=font, field="task.font") from error

    def wrapped(self, text: str, width: int) -> list[str]:
        """A text in lines of no more pixels than ``width``; words, in Chinese characters, stay whole."""
        pieces = [f"{word} " for word in _in_latin(text).split()] if self.latin else list(text)
        lines = [""]
        for piece in pieces:
            if lines[-1] and self.font.getlength((lines[-1] + piece).rstrip()) > width:
                lines.append("")
            lines[-1] += piece
        return [line.rstrip() for line in lines]


def _in_latin(text: str) -> str:
    """Chinese characters in pinyin, and full-width punctuation as its narrow likeness."""
    return " ".join(lazy_pinyin(text, errors=lambda others: normalize("NFKC", others)))


def painted_sheet(rows: Sequence[PaintedRow], *, side: int, lettering: Lettering) -> Image.Image:
    """Draws the sheet.

    Args:
        rows: with equally many steps each.
        side: pixels of a picture.
        lettering: writes titles and lines.

    Returns:
        The page.
    """
    across = len(KINDS) * (side + _GAP) - _GAP
    texts = [[_caption(step, across, lettering) for step in row.steps] for row in rows]
    heights = [2 * _line() + side + max(map(len, row)) * _line() + _MARGIN for row in texts]
    wide = len(rows[0].steps) * (across + _MARGIN) + _MARGIN
    page = Image.new("RGB", (wide, sum(heights) + _MARGIN), "white")
    top = _MARGIN
    for row, captions, height in zip(rows, texts, heights, strict=True):
        _draw_row(page, row, captions, top, side, lettering)
        top += height
    return page


def _line() -> int:
    return _LETTERS + _GAP


def _caption(step: PaintedStep, width: int, lettering: Lettering) -> list[str]:
    return [part for line in step.lines for part in lettering.wrapped(line, width)]


def _draw_row(
    page: Image.Image, row: PaintedRow, captions: list[list[str]], top: int, side: int, lettering: Lettering
) -> None:
    """A title, the names of the pictures, the pictures, and their lines below."""
    draw, across = ImageDraw.Draw(page), len(KINDS) * (side + _GAP) - _GAP
    title = lettering.wrapped(row.title, page.width - 2 * _MARGIN)[0]
    draw.text((_MARGIN, top), title, fill="black", font=lettering.font)
    for number, (step, caption) in enumerate(zip(row.steps, captions, strict=True)):
        left, high = _MARGIN + number * (across + _MARGIN), top + 2 * _line()
        for place, (kind, picture) in enumerate(zip(KINDS, step.pictures, strict=True)):
            x = left + place * (side + _GAP)
            draw.text((x, high - _line()), kind, fill="grey", font=lettering.font)
            shown = Image.new("RGB", (side, side), _MISSING) if picture is None else picture
            page.paste(shown.resize((side, side), Image.Resampling.LANCZOS), (x, high))
        for place, text in enumerate(caption):
            draw.text((left, high + side + _GAP + place * _line()), text, fill="black", font=lettering.font)
