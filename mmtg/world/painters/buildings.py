"""Painters of what people build."""

from mmtg.world import palette as p
from mmtg.world.brush import Brush


def bridge(b: Brush) -> None:
    """A humped stone bridge over water."""
    b.box(p.BLUE, -1.0, 0.5, 1.0, 0.86)
    b.blob(p.STONE, (-1.0, 0.3), (-0.5, -0.2), (0.0, -0.38), (0.5, -0.2), (1.0, 0.3), (1.0, 0.56), (-1.0, 0.56))
    b.cap(p.NAVY, 0, 0.56, 0.46, 0.56, 180, 360)
    b.cap(p.SKY_BLUE, 0, 0.7, 0.4, 0.2, 0, 180)
    b.arc(p.WHITE, 0.06, 0, 0.56, 0.46, 0.56, 180, 360)
    for x, y in ((-0.9, 0.1), (-0.6, -0.14), (-0.3, -0.3), (0, -0.36), (0.3, -0.3), (0.6, -0.14), (0.9, 0.1)):
        b.box(p.WHITE, x - 0.05, y - 0.22, x + 0.05, y + 0.06)
    b.curve(p.WHITE, 0.08, (-0.92, -0.08), (-0.6, -0.32), (0, -0.56), (0.6, -0.32), (0.92, -0.08))


def lighthouse(b: Brush) -> None:
    """A red and white tower throwing two beams."""
    b.poly(p.YELLOW, (0, -0.66), (-1.0, -0.92), (-1.0, -0.5))
    b.poly(p.YELLOW, (0, -0.66), (1.0, -0.92), (1.0, -0.5))
    b.blob(p.STONE, (-0.8, 0.96), (-0.5, 0.7), (0.5, 0.7), (0.8, 0.96))
    for band in range(4):
        top, low = -0.44 + 0.32 * band, -0.44 + 0.32 * (band + 1)
        wide, wider = 0.2 + 0.04 * band, 0.24 + 0.04 * band
        b.poly(p.WHITE if band % 2 else p.RED, (-wide, top), (wide, top), (wider, low), (-wider, low))
    b.box(p.INK, -0.3, -0.5, 0.3, -0.42)
    b.box(p.WHITE, -0.17, -0.8, 0.17, -0.5)
    b.disc(p.ORANGE, 0, -0.65, 0.1)
    b.poly(p.RED, (-0.24, -0.78), (0, -0.99), (0.24, -0.78))


def house(b: Brush) -> None:
    """A cottage with a red roof, a door and a smoking chimney."""
    b.box(p.BROWN, 0.36, -0.8, 0.58, -0.2)
    b.disc(p.SILVER, 0.5, -0.9, 0.13)
    b.box(p.CREAM, -0.68, -0.1, 0.68, 0.86)
    b.poly(b.dice.pick((p.RED, p.DARK_RED, p.BROWN)), (-0.92, -0.06), (0, -0.82), (0.92, -0.06))
    b.box(p.BROWN, -0.18, 0.28, 0.16, 0.86)
    b.disc(p.YELLOW, 0.08, 0.58, 0.045)
    for x in (-0.54, 0.28):
        b.box(p.BLUE, x, 0.12, x + 0.26, 0.42)
        b.line(p.WHITE, 0.05, (x + 0.13, 0.12), (x + 0.13, 0.42))


def pagoda(b: Brush) -> None:
    """A tower of four upturned roofs."""
    b.line(p.GOLD, 0.08, (0, -0.98), (0, -0.7))
    for floor in range(4):
        y, wide = -0.6 + 0.4 * floor, 0.28 + 0.1 * floor
        b.box(p.RED, -wide * 0.74, y, wide * 0.74, y + 0.34)
        b.box(p.YELLOW, -0.08, y + 0.08, 0.08, y + 0.28)
    for floor in range(4):
        y, wide = -0.6 + 0.4 * floor, 0.36 + 0.12 * floor
        b.poly(
            p.TEAL,
            (-wide - 0.12, y - 0.1),
            (-wide, y - 0.01),
            (-wide * 0.55, y - 0.16),
            (0, y - 0.2),
            (wide * 0.55, y - 0.16),
            (wide, y - 0.01),
            (wide + 0.12, y - 0.1),
            (wide, y + 0.08),
            (-wide, y + 0.08),
        )
    b.box(p.STONE, -0.7, 0.9, 0.7, 0.98)


def door(b: Brush) -> None:
    """A red double door with studs and rings under a lintel."""
    b.box(p.DARK_BROWN, -0.72, -0.92, 0.72, 0.96)
    b.box(p.RED, -0.58, -0.74, 0.58, 0.96)
    b.line(p.BLACK, 0.06, (0, -0.74), (0, 0.96))
    for x in (-0.44, -0.2, 0.2, 0.44):
        for y in (-0.54, -0.24, 0.4, 0.7):
            b.disc(p.GOLD, x, y, 0.055)
    for side in (-1, 1):
        b.arc(p.YELLOW, 0.06, 0.17 * side, 0.12, 0.1, 0.12, 0, 360)
    b.box(p.GOLD, -0.78, -0.98, 0.78, -0.84)


def window(b: Brush) -> None:
    """A lit window with curtains and a sill."""
    b.box(p.WHITE, -0.78, -0.9, 0.78, 0.74)
    b.box(p.SKY_BLUE if b.dice.chance(0.5) else p.YELLOW, -0.64, -0.76, 0.64, 0.6)
    curtain = b.dice.pick((p.RED, p.PURPLE, p.GREEN))
    for side in (-1, 1):
        b.poly(
            curtain,
            (0.64 * side, -0.76),
            (0.1 * side, -0.76),
            (0.4 * side, 0.0),
            (0.46 * side, 0.6),
            (0.64 * side, 0.6),
        )
    b.line(p.WHITE, 0.09, (0, -0.8), (0, 0.64))
    b.line(p.WHITE, 0.09, (-0.66, -0.08), (0.66, -0.08))
    b.box(p.BROWN, -0.92, 0.7, 0.92, 0.88)


def well(b: Brush) -> None:
    """A round stone well with a roof and a bucket."""
    for x in (-0.5, 0.5):
        b.box(p.BROWN, x - 0.06, -0.5, x + 0.06, 0.3)
    b.poly(p.DARK_RED, (-0.86, -0.4), (-0.5, -0.9), (0.5, -0.9), (0.86, -0.4))
    b.line(p.TAN, 0.05, (0, -0.4), (0, -0.08))
    b.poly(p.TAN, (-0.18, -0.1), (0.18, -0.1), (0.13, 0.16), (-0.13, 0.16))
    b.box(p.STONE, -0.66, 0.28, 0.66, 0.9)
    b.disc(p.GREY, 0, 0.28, 0.66, 0.14)
    b.disc(p.NAVY, 0, 0.28, 0.5, 0.09)
    for y, shift in ((0.5, 0.0), (0.7, 0.2)):
        b.line(p.INK, 0.035, (-0.66, y), (0.66, y))
        for x in (-0.5, -0.1, 0.3):
            b.line(p.INK, 0.035, (x + shift, y), (x + shift, y + 0.2))


def fence(b: Brush) -> None:
    """Five white pickets on two rails."""
    for y in (-0.1, 0.44):
        b.box(p.SILVER, -0.98, y - 0.08, 0.98, y + 0.08)
    for post in range(5):
        x = -0.8 + 0.4 * post
        b.poly(p.WHITE, (x - 0.13, 0.86), (x - 0.13, -0.4), (x, -0.66), (x + 0.13, -0.4), (x + 0.13, 0.86))
        b.line(p.SILVER, 0.04, (x + 0.1, 0.84), (x + 0.1, -0.42))


def windmill(b: Brush) -> None:
    """A mill with four lattice sails."""
    b.poly(p.CREAM, (-0.26, -0.3), (0.26, -0.3), (0.46, 0.95), (-0.46, 0.95))
    b.poly(p.DARK_RED, (-0.34, -0.26), (0, -0.66), (0.34, -0.26))
    b.box(p.BROWN, -0.12, 0.56, 0.12, 0.95)
    turn = b.dice.between(0.2, 0.7)
    for dx, dy in ((1, turn), (-turn, 1), (-1, -turn), (turn, -1)):
        size = 0.86 / (1 + turn**2) ** 0.5
        x, y = dx * size, dy * size
        b.poly(
            p.SKY_BLUE,
            (0.2 * x, -0.24 + 0.2 * y),
            (x, -0.24 + y),
            (x - 0.28 * y, -0.24 + y + 0.28 * x),
            (0.2 * x - 0.28 * y, -0.24 + 0.2 * y + 0.28 * x),
        )
        b.line(p.BROWN, 0.07, (0, -0.24), (x, -0.24 + y))
    b.disc(p.BROWN, 0, -0.24, 0.09)


def tent(b: Brush) -> None:
    """A ridge tent with an open flap."""
    colour = b.dice.pick((p.ORANGE, p.GREEN, p.BLUE))
    b.poly(p.INK, (0.1, -0.7), (0.98, 0.8), (-0.1, 0.8))
    b.poly(colour, (-0.1, -0.76), (0.5, 0.8), (-0.95, 0.8))
    b.poly(colour, (-0.1, -0.76), (0.24, -0.7), (0.98, 0.8), (0.5, 0.8))
    b.poly(p.BLACK, (-0.16, -0.3), (0.14, 0.8), (-0.5, 0.8))
    b.poly(p.CREAM, (-0.16, -0.3), (-0.3, 0.3), (-0.72, 0.8), (-0.5, 0.8))
    b.line(p.WHITE, 0.05, (-0.1, -0.76), (0.5, 0.8))


PAINTERS = {
    "bridge": bridge,
    "lighthouse": lighthouse,
    "house": house,
    "pagoda": pagoda,
    "door": door,
    "window": window,
    "well": well,
    "fence": fence,
    "windmill": windmill,
    "tent": tent,
}
