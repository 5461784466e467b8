"""A picture: backdrop, one object with a thin rim, weather."""

from dataclasses import dataclass

from PIL import Image, ImageFilter

from mmtg.world.backdrop import paint_backdrop, paint_weather, rim_colour
from mmtg.world.brush import Brush
from mmtg.world.concepts import concept_named
from mmtg.world.dice import Dice, stream
from mmtg.world.painters import PAINTERS
from mmtg.world.skies import sky_named

_OVER = 4  # Objects are painted with this many times the pixels either way, then averaged down.


def paint(concept: str, sky: str, side: int, dice: Dice) -> Image.Image:
    """Paint one concept under one sky.

    Args:
        concept: name of a concept.
        sky: name of a sky.
        side: width and height in pixels.
        dice: all chance in the picture.

    Returns:
        An RGB picture, side by side pixels.

    Raises:
        InputError: no concept or no sky has the name.
    """
    above, thing = sky_named(sky), concept_named(concept)
    image = paint_backdrop(above, thing.scene, side, dice)
    brush = Brush(dice, side * _OVER)
    PAINTERS[thing.name](brush)
    layer = brush.layer.reduce(_OVER)
    cover = layer.getchannel("A")
    image.paste(rim_colour(above), (0, 0, side, side), cover.filter(ImageFilter.MaxFilter(3)))
    image.paste(layer, (0, 0), cover)
    return paint_weather(image, above, dice)


@dataclass(frozen=True)
class Drawing:
    """A picture yet to be drawn; calling it draws the same picture every time, in any process.

    Attributes:
        concept: name of its main concept.
        sky: name of its sky.
        side: width and height in pixels.
        keys: what its chance is keyed by.
    """

    concept: str
    sky: str
    side: int
    keys: tuple[int | str, ...]

    def __call__(self) -> Image.Image:
        """Draw the picture: RGB, side by side pixels."""
        dice = Dice(stream("picture", *self.keys, self.concept, self.sky))
        return paint(self.concept, self.sky, self.side, dice)

    @property
    def key(self) -> str:
        """Equal for two drawings exactly if they draw the same picture."""
        return "/".join(str(part) for part in (*self.keys, self.concept, self.sky, self.side))
