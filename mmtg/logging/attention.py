"""Attention of a test as a whole: which source the steps listen to, on average; as rows and as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SOURCES = ("topic", "image", "text")
"""Columns of ``attention`` in ``samples.jsonl``."""
CELL, MARGIN, LETTERS = (96, 44), (64, 30), 14
"""Pixels of a cell, of the left and upper margins, and of letters."""
PALE, FULL = np.array([247, 251, 255]), np.array([8, 48, 107])
"""Colours of the weights 0 and 1."""
DARK_FROM = 0.65
"""Weight from which its number is written in white."""

Rows = list[tuple[int, str, float]]


def mean_attention(samples: Sequence[Mapping[str, Any]]) -> Rows:
    """The mean weight of each source at each step, counted from 1.

    Args:
        samples: of a test; those without ``attention``, and steps that lack a picture or text, do not count.

    Returns:
        Step, source, weight; nothing where the system has no attention.
    """
    steps: dict[int, list[Sequence[float]]] = {}
    for sample in samples:
        for number, weights in enumerate(sample.get("attention") or [], 1):
            if weights is not None:
                steps.setdefault(number, []).append(weights)
    means = {number: np.mean(given, axis=0) for number, given in sorted(steps.items())}
    return [(number, source, float(w)) for number, row in means.items() for source, w in zip(SOURCES, row, strict=True)]


def heat_map(rows: Sequence[tuple[int, str, float]]) -> Image.Image:
    """The same as a picture: a row per step, a column per source, each cell with its number.

    Args:
        rows: of :func:`mean_attention`.

    Returns:
        The picture.
    """
    steps = sorted({step for step, _, _ in rows})
    (wide, tall), (left, top) = CELL, MARGIN
    picture = Image.new("RGB", (left + wide * len(SOURCES), top + tall * len(steps)), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(LETTERS)
    for column, source in enumerate(SOURCES):
        draw.text((left + wide * (column + 0.5), top / 2), source, fill="black", font=font, anchor="mm")
    for place, step in enumerate(steps):
        draw.text((left / 2, top + tall * (place + 0.5)), f"step {step}", fill="black", font=font, anchor="mm")
    for step, source, weight in rows:
        x, y = left + wide * SOURCES.index(source), top + tall * steps.index(step)
        colour = tuple(int(part) for part in PALE + (FULL - PALE) * min(1.0, max(0.0, weight)))
        draw.rectangle((x, y, x + wide - 1, y + tall - 1), fill=colour)
        ink = "white" if weight >= DARK_FROM else "black"
        draw.text((x + wide / 2, y + tall / 2), f"{weight:.2f}", fill=ink, font=font, anchor="mm")
    return picture
