"""A brush that paints in unit coordinates, so that a painter need not know of pixels, place or mirror."""

from collections.abc import Iterable, Sequence
from math import cos, radians, sin

from PIL import Image, ImageDraw

from mmtg.world.dice import Dice

Colour = tuple[int, int, int]
Point = tuple[float, float]

_CIRCLE = [(cos(radians(angle)), sin(radians(angle))) for angle in range(0, 361, 5)]
_SMOOTH = tuple((step / 5, (step / 5) ** 2, (step / 5) ** 3) for step in range(5))


class Brush:
    """Paints one object on a transparent layer; x and y run from -1 to 1, y downwards.

    Place, size, slant, mirror and tint are drawn once, when the brush is made, and hold for the whole object.

    Args:
        dice: chance for the jitter, and for what a painter wants to vary.
        side: width and height of the layer in pixels.
        place: most shift of the object, as a share of the layer.
        scale: least and most length of one unit, as a share of the layer.
        slant: most rotation either way, in degrees.
        tint: most change of each colour channel, of 255.
    """

    def __init__(
        self,
        dice: Dice,
        side: int,
        *,
        place: float = 0.05,
        scale: tuple[float, float] = (0.38, 0.46),
        slant: float = 5.0,
        tint: int = 13,
    ) -> None:
        self.dice = dice
        self.layer = Image.new("RGBA", (side, side))
        self._draw = ImageDraw.Draw(self.layer)
        self._unit = side * dice.between(*scale)
        angle = radians(dice.between(-slant, slant))
        mirror = -1 if dice.chance(0.5) else 1
        self._xx, self._xy = mirror * self._unit * cos(angle), -self._unit * sin(angle)
        self._yx, self._yy = mirror * self._unit * sin(angle), self._unit * cos(angle)
        self._x = side * (0.5 + dice.between(-place, place))
        self._y = side * (0.5 + dice.between(-place, place))
        self._tint = tuple(int(dice.between(-tint, tint)) for _ in range(3))

    def _pixels(self, points: Iterable[Point]) -> list[Point]:
        xx, xy, yx, yy, x0, y0 = self._xx, self._xy, self._yx, self._yy, self._x, self._y
        return [(xx * x + xy * y + x0, yx * x + yy * y + y0) for x, y in points]

    def _ink(self, colour: Colour | None) -> tuple[int, ...]:
        if colour is None:
            return (0, 0, 0, 0)
        return tuple(min(255, max(0, c + t)) for c, t in zip(colour, self._tint, strict=True))

    def poly(self, colour: Colour | None, *points: Point) -> None:
        """Fill a polygon; a colour of None rubs out."""
        self._draw.polygon(self._pixels(points), fill=self._ink(colour))

    def box(self, colour: Colour | None, x0: float, y0: float, x1: float, y1: float) -> None:
        """Fill an upright rectangle between two corners."""
        self.poly(colour, (x0, y0), (x1, y0), (x1, y1), (x0, y1))

    def disc(self, colour: Colour | None, x: float, y: float, rx: float, ry: float | None = None) -> None:
        """Fill an ellipse around (x, y); one radius makes it a circle."""
        ry = rx if ry is None else ry
        step = 2 if rx + ry > 0.5 else 4
        self._draw.polygon(self._pixels([(x + rx * c, y + ry * s) for c, s in _CIRCLE[::step]]), fill=self._ink(colour))

    def pie(self, colour: Colour | None, x: float, y: float, rx: float, ry: float, start: int, end: int) -> None:
        """Fill the sector of an ellipse from start to end, in degrees clockwise from the right."""
        arc = [_CIRCLE[step % 72] for step in range(start // 5, end // 5 + 1)]
        self.poly(colour, (x, y), *[(x + rx * c, y + ry * s) for c, s in arc])

    def cap(self, colour: Colour | None, x: float, y: float, rx: float, ry: float, start: int, end: int) -> None:
        """Fill the segment of an ellipse cut off by the chord from start to end, in degrees."""
        arc = [_CIRCLE[step % 72] for step in range(start // 5, end // 5 + 1)]
        self.poly(colour, *[(x + rx * c, y + ry * s) for c, s in arc])

    def arc(self, colour: Colour, width: float, x: float, y: float, rx: float, ry: float, start: int, end: int) -> None:
        """Stroke along an ellipse from start to end, in degrees clockwise from the right."""
        arc = [_CIRCLE[step % 72] for step in range(start // 5, end // 5 + 1)]
        self.line(colour, width, *[(x + rx * c, y + ry * s) for c, s in arc])

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        """Stroke through the points with round corners."""
        pixels = self._pixels(points)
        thick = max(1, round(width * self._unit))
        self._draw.line(pixels, fill=self._ink(colour), width=thick, joint="curve")

    def curve(self, colour: Colour, width: float, *points: Point) -> None:
        """Stroke a smooth curve through the points."""
        ends = [points[0], *points, points[-1]]
        self.line(colour, width, *_spline(ends), points[-1])

    def blob(self, colour: Colour | None, *points: Point) -> None:
        """Fill the smooth closed outline through the points."""
        self.poly(colour, *_spline([points[-1], *points, *points[:2]]))


def _spline(points: Sequence[Point]) -> list[Point]:
    """Catmull-Rom points from the second to the last but one of the given points."""
    out: list[Point] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        for t, t2, t3 in _SMOOTH:
            a, b = -t + 2 * t2 - t3, 2 - 5 * t2 + 3 * t3
            c, d = t + 4 * t2 - 3 * t3, t3 - t2
            out.append(((a * ax + b * bx + c * cx + d * dx) / 2, (a * ay + b * by + c * cy + d * dy) / 2))
    return out
