"""A contact sheet: every concept, under several skies, on one page."""

from os import PathLike
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from mmtg.world.concepts import CONCEPTS
from mmtg.world.dice import stream
from mmtg.world.skies import SKIES

if TYPE_CHECKING:
    from mmtg.world.world import World

_CAPTION = 14  # Pixels below each cell for the name.
_GAP = 4


def contact_sheet(
    world: "World",
    path: str | PathLike[str],
    columns: int = 8,
    *,
    instances: int = 3,
    zoom: int = 1,
    font: str | PathLike[str] | None = None,
) -> None:
    """Draw every concept several times, each time under another sky, and save the page as PNG.

    Args:
        world: draws the pictures.
        path: where the PNG goes.
        columns: concepts side by side.
        instances: pictures of each concept, side by side.
        zoom: how many times larger than drawn.
        font: a TrueType font that has Chinese characters; without it captions are English only.
    """
    side = world.picture_size * zoom
    wide, tall = instances * side + _GAP, side + _CAPTION
    rows = -(-len(CONCEPTS) // columns)
    page = Image.new("RGB", (columns * wide, rows * tall), "white")
    draw = ImageDraw.Draw(page)
    letters = ImageFont.load_default(11) if font is None else ImageFont.truetype(str(font), 11)
    skies = tuple(SKIES)
    for number, (name, concept) in enumerate(CONCEPTS.items()):
        x, y = number % columns * wide, number // columns * tall
        for instance in range(instances):
            sky = skies[(7 * instance + 3 * number) % len(skies)]
            picture = world.picture(name, sky, stream("sheet", world.seed, name, instance))
            page.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x + instance * side, y))
        caption = name if font is None else f"{name} {concept.nouns[0]}"
        draw.text((x + 2, y + side), caption, fill="black", font=letters)
    page.save(path, format="PNG")
