"""Painters of what is seen in the air."""

from math import cos, radians, sin

from mmtg.world import palette as p
from mmtg.world.brush import Brush, Colour


def _star(b: Brush, colour: Colour, x: float, y: float, size: float) -> None:
    corners = []
    for corner in range(10):
        angle, radius = radians(36 * corner - 90), size * (1 if corner % 2 == 0 else 0.42)
        corners.append((x + radius * cos(angle), y + radius * sin(angle)))
    b.poly(colour, *corners)


def _gull(b: Brush, x: float, y: float, size: float) -> None:
    b.poly(
        p.INK,
        (x - size, y - 0.5 * size),
        (x - 0.35 * size, y - 0.42 * size),
        (x, y + 0.05 * size),
        (x + 0.35 * size, y - 0.42 * size),
        (x + size, y - 0.5 * size),
        (x + 0.35 * size, y - 0.1 * size),
        (x, y + 0.42 * size),
        (x - 0.35 * size, y - 0.1 * size),
    )


def moon(b: Brush) -> None:
    """A crescent with a few craters."""
    b.disc(p.YELLOW, -0.05, 0, 0.82)
    b.disc(p.GOLD, -0.62, 0.18, 0.09)
    b.disc(p.GOLD, -0.38, 0.52, 0.1)
    b.disc(p.GOLD, -0.58, -0.22, 0.06)
    b.disc(None, 0.3, -0.16, 0.68)


def sun(b: Brush) -> None:
    """A disc within a wreath of rays."""
    turn = b.dice.between(0, 30)
    for ray in range(12):
        angle = radians(turn + 30 * ray)
        wide = radians(9)
        b.poly(
            p.ORANGE,
            (0.62 * cos(angle - wide), 0.62 * sin(angle - wide)),
            (0.98 * cos(angle), 0.98 * sin(angle)),
            (0.62 * cos(angle + wide), 0.62 * sin(angle + wide)),
        )
    b.disc(p.RED, 0, 0, 0.56)
    b.disc(p.ORANGE, -0.04, -0.04, 0.48)


def star(b: Brush) -> None:
    """One big five-pointed star and two small ones."""
    _star(b, p.GOLD, -0.1, 0.08, 0.82)
    _star(b, p.YELLOW, -0.1, 0.08, 0.7)
    _star(b, p.YELLOW, 0.74, -0.68, 0.28)
    _star(b, p.YELLOW, 0.78, 0.64, 0.2)


def cloud(b: Brush) -> None:
    """A heap of white puffs with a flat shaded foot."""
    b.box(p.SILVER, -0.7, 0.1, 0.72, 0.46)
    for x, y, radius in ((-0.68, 0.18, 0.28), (0.7, 0.16, 0.3)):
        b.disc(p.SILVER, x, y, radius)
    for x, y, radius in ((-0.64, 0.08, 0.28), (-0.28, -0.16, 0.4), (0.24, -0.1, 0.44), (0.64, 0.08, 0.28)):
        b.disc(p.WHITE, x, y, radius)
    b.box(p.WHITE, -0.62, 0.0, 0.62, 0.32)


def rainbow(b: Brush) -> None:
    """Half rings in the order of the spectrum, a puff at each foot."""
    colours = (p.RED, p.ORANGE, p.YELLOW, p.GREEN, p.BLUE, p.PURPLE)
    for ring, colour in enumerate(colours):
        radius = 0.98 - 0.09 * ring
        b.cap(colour, 0, 0.5, radius, radius * 1.1, 180, 360)
    b.cap(None, 0, 0.5, 0.44, 0.484, 180, 360)
    for side in (-1, 1):
        b.disc(p.WHITE, side * 0.7, 0.52, 0.3, 0.18)
        b.disc(p.WHITE, side * 0.58, 0.42, 0.17, 0.14)


def goose(b: Brush) -> None:
    """Seven geese flying in a wedge."""
    for x, y in ((0, -0.6), (0.3, -0.26), (-0.3, -0.26), (0.6, 0.1), (-0.6, 0.1), (0.86, 0.5), (-0.86, 0.5)):
        _gull(b, x, y, 0.22 + b.dice.between(-0.02, 0.03))


def bird(b: Brush) -> None:
    """A round bird on a twig."""
    colour = b.dice.pick((p.BLUE, p.RED, p.TEAL))
    b.line(p.BROWN, 0.12, (-0.95, 0.72), (0.95, 0.62))
    b.poly(colour, (-0.45, 0.1), (-0.95, 0.42), (-0.8, 0.56), (-0.2, 0.42))
    b.line(p.ORANGE, 0.06, (0.0, 0.4), (0.0, 0.7))
    b.line(p.ORANGE, 0.06, (0.18, 0.4), (0.18, 0.68))
    b.disc(colour, 0.05, 0.1, 0.52, 0.44)
    b.disc(p.CREAM, 0.22, 0.24, 0.32, 0.28)
    b.disc(colour, 0.36, -0.36, 0.33)
    b.poly(p.ORANGE, (0.62, -0.46), (0.98, -0.3), (0.62, -0.2))
    b.disc(p.WHITE, 0.44, -0.42, 0.12)
    b.disc(p.BLACK, 0.46, -0.42, 0.07)
    b.blob(p.NAVY, (-0.4, -0.1), (0.1, -0.08), (0.06, 0.22), (-0.2, 0.34))


def kite(b: Brush) -> None:
    """A diamond of four colours with a bowed tail."""
    one, two = b.dice.pick(((p.RED, p.YELLOW), (p.BLUE, p.ORANGE), (p.GREEN, p.PINK)))
    b.curve(p.INK, 0.05, (0.2, 0.2), (0.02, 0.45), (0.22, 0.65), (-0.1, 0.8), (-0.5, 0.96))
    b.poly(one, (0.2, -0.98), (0.2, -0.45), (-0.36, -0.45))
    b.poly(two, (0.2, -0.98), (0.2, -0.45), (0.76, -0.45))
    b.poly(two, (0.2, 0.26), (0.2, -0.45), (-0.36, -0.45))
    b.poly(one, (0.2, 0.26), (0.2, -0.45), (0.76, -0.45))
    b.line(p.INK, 0.04, (0.2, -0.98), (0.2, 0.26))
    b.line(p.INK, 0.04, (-0.36, -0.45), (0.76, -0.45))
    for x, y in ((0.1, 0.46), (0.06, 0.74), (-0.32, 0.9)):
        b.poly(two, (x - 0.16, y - 0.1), (x + 0.16, y + 0.1), (x + 0.16, y - 0.1), (x - 0.16, y + 0.1))


def balloon(b: Brush) -> None:
    """A shining balloon on a string."""
    colour = b.dice.pick((p.RED, p.BLUE, p.PURPLE, p.GREEN))
    b.curve(p.INK, 0.05, (0, 0.4), (0.1, 0.6), (-0.08, 0.76), (0.04, 0.98))
    b.blob(colour, (0, -0.95), (0.5, -0.72), (0.56, -0.2), (0, 0.32), (-0.56, -0.2), (-0.5, -0.72))
    b.poly(colour, (0, 0.26), (0.13, 0.44), (-0.13, 0.44))
    b.disc(p.WHITE, -0.24, -0.52, 0.1, 0.18)


PAINTERS = {
    "moon": moon,
    "sun": sun,
    "star": star,
    "cloud": cloud,
    "rainbow": rainbow,
    "goose": goose,
    "bird": bird,
    "kite": kite,
    "balloon": balloon,
}
