"""The sheet of paintings: all pictures stand on it, with or without a font for Chinese."""

import numpy as np
import pytest
from PIL import Image, ImageColor

from mmtg.errors import InputError
from mmtg.painting.sheet import Lettering, PaintedRow, PaintedStep, painted_sheet

COLOURS = ((200, 10, 10), (10, 200, 10), (10, 10, 200))


def row(lines, *, there=(True, True, True)):
    pictures = tuple(
        Image.new("RGB", (4, 4), c) if is_there else None for c, is_there in zip(COLOURS, there, strict=True)
    )
    return PaintedRow("夜  月亮", (PaintedStep(lines, pictures),) * 2)


def count(page, colour):
    return int((np.asarray(page) == colour).all(axis=2).sum())


def test_every_picture_is_drawn_once_and_missing_ones_are_blank():
    rows = [row(("床前明月光", "疑是地上霜")), row(("a b", "c"), there=(False, False, True))]
    page = painted_sheet(rows, side=24, lettering=Lettering(None))
    drawn = [count(page, colour) // 24**2 for colour in (*COLOURS, ImageColor.getrgb("lightgrey"))]
    assert drawn == [2, 2, 4, 4]


def test_longer_lines_make_the_sheet_longer_and_never_wider():
    short, long = (
        painted_sheet([row((text,))], side=24, lettering=Lettering(None)) for text in ("月", "床前明月光疑是地上霜")
    )
    assert long.width == short.width
    assert long.height > short.height


def test_without_a_font_chinese_is_written_in_pinyin():
    lettering = Lettering(None)
    width = 60
    lines = lettering.wrapped("床前，明月光", width)
    assert " ".join(lines) == "chuang qian , ming yue guang"
    assert all(lettering.font.getlength(line) <= width for line in lines)
    assert len(lettering.wrapped("words that are many", width)) > 1


def test_a_file_that_is_no_font_is_named(tmp_path):
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(InputError, match=r"font\.ttf"):
        Lettering(tmp_path / "font.ttf")
