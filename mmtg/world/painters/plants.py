"""Painters of trees, flowers and fruit."""

from math import cos, radians, sin

from mmtg.world import palette as p
from mmtg.world.brush import Brush, Colour


def tree(b: Brush) -> None:
    """A broad round crown on a thick trunk."""
    b.poly(p.BROWN, (-0.14, 0.2), (0.14, 0.2), (0.24, 0.95), (-0.24, 0.95))
    crown = b.dice.pick((p.GREEN, (96, 150, 50)))
    for x, y, radius in (
        (-0.44, -0.06, 0.4),
        (0.44, -0.06, 0.4),
        (0, 0.02, 0.44),
        (-0.26, -0.46, 0.4),
        (0.26, -0.46, 0.4),
    ):
        b.disc(p.DARK_GREEN, x, y + 0.04, radius)
        b.disc(crown, x, y - 0.04, radius - 0.04)
    b.line(p.BROWN, 0.1, (0, 0.4), (0.22, 0.04))


def willow(b: Brush) -> None:
    """A leaning trunk with long hanging twigs."""
    b.curve(p.BROWN, 0.2, (0.06, 0.96), (0.0, 0.4), (-0.08, 0.0), (0.04, -0.5))
    b.disc(p.GREEN, 0.0, -0.58, 0.5, 0.36)
    for strand in range(9):
        x = -0.84 + 0.21 * strand
        top = -0.56 - 0.3 * (1 - abs(x))
        colour = p.LIME if strand % 2 else p.GREEN
        low = b.dice.between(0.3, 0.66) if abs(x) > 0.2 else 0.02
        b.curve(colour, 0.12, (x * 0.5, top), (x * 0.92, top + 0.18), (x, low))


def pine(b: Brush) -> None:
    """Three tiers of a conifer."""
    b.box(p.BROWN, -0.1, 0.6, 0.1, 0.96)
    for top, low, wide in ((-0.1, 0.7, 0.68), (-0.52, 0.26, 0.54), (-0.98, -0.2, 0.4)):
        b.poly(p.DARK_GREEN, (0, top), (wide, low), (-wide, low))
        b.poly(p.GREEN, (0, top), (-wide * 0.1, low), (-wide, low))


def bamboo(b: Brush) -> None:
    """Three jointed stalks with pointed leaves."""
    for x, top in ((-0.5, -0.9), (0.02, -0.98), (0.52, -0.84)):
        b.box(p.GREEN, x - 0.1, top, x + 0.1, 0.96)
        b.box(p.LIME, x - 0.1, top, x - 0.03, 0.96)
        for joint in range(4):
            y = top + 0.3 + 0.44 * joint
            b.box(p.DARK_GREEN, x - 0.13, y - 0.035, x + 0.13, y + 0.035)
    for x, y, dx, dy in (
        (-0.4, -0.4, 0.36, 0.2),
        (-0.6, -0.2, -0.36, 0.22),
        (0.12, -0.6, 0.36, 0.12),
        (0.62, -0.1, 0.36, 0.24),
        (0.42, 0.2, -0.34, 0.24),
        (-0.4, 0.3, 0.3, 0.24),
    ):
        b.poly(
            p.DARK_GREEN,
            (x, y),
            (x + dx * 0.5, y + dy * 0.2 - 0.06),
            (x + dx, y + dy),
            (x + dx * 0.4, y + dy * 0.7 + 0.04),
        )


def _petals(b: Brush, colour: Colour, x: float, y: float, reach: float, size: float, count: int) -> None:
    turn = b.dice.between(0, 360 / count)
    for petal in range(count):
        angle = radians(turn + 360 / count * petal)
        b.disc(colour, x + reach * cos(angle), y + reach * sin(angle), size)


def plum(b: Brush) -> None:
    """Five-petalled blossoms on a crooked dark branch."""
    b.line(p.DARK_BROWN, 0.13, (-0.95, 0.86), (-0.4, 0.4), (-0.1, 0.3), (0.3, -0.3), (0.8, -0.9))
    b.line(p.DARK_BROWN, 0.09, (-0.1, 0.3), (0.5, 0.34), (0.86, 0.1))
    b.line(p.DARK_BROWN, 0.08, (-0.4, 0.4), (-0.56, -0.2), (-0.4, -0.6))
    colour = b.dice.pick((p.PINK, p.RED))
    for x, y in ((-0.46, -0.34), (0.3, -0.26), (0.6, 0.3), (-0.2, 0.36)):
        _petals(b, colour, x, y, 0.17, 0.135, 5)
        b.disc(p.YELLOW, x, y, 0.09)
    for x, y in ((0.74, -0.8), (-0.74, 0.6), (0.88, 0.06)):
        b.disc(colour, x, y, 0.11)


def lotus(b: Brush) -> None:
    """A pink lotus on its round leaf."""
    b.disc(p.GREEN, 0, 0.62, 0.92, 0.3)
    b.disc(p.DARK_GREEN, 0, 0.58, 0.6, 0.16)
    for x, y, colour in (
        (-0.9, -0.1, p.PINK),
        (0.9, -0.1, p.PINK),
        (-0.52, -0.52, p.PALE_PINK),
        (0.52, -0.52, p.PALE_PINK),
    ):
        b.blob(colour, (0, 0.56), (x * 0.75, 0.36), (x, y), (x * 0.35, 0.02))
    b.blob(p.PINK, (0, 0.56), (0.34, 0.1), (0, -0.78), (-0.34, 0.1))
    b.blob(p.PALE_PINK, (0, 0.56), (0.4, 0.4), (0.46, -0.06), (0.1, 0.2))
    b.blob(p.PALE_PINK, (0, 0.56), (-0.4, 0.4), (-0.46, -0.06), (-0.1, 0.2))


def sunflower(b: Brush) -> None:
    """Yellow petals around a dark face on a leafy stem."""
    b.line(p.GREEN, 0.12, (0, 0.1), (0.02, 0.98))
    b.blob(p.GREEN, (0, 0.84), (0.26, 0.52), (0.66, 0.46), (0.42, 0.78))
    b.blob(p.GREEN, (0, 0.92), (-0.26, 0.6), (-0.66, 0.54), (-0.42, 0.86))
    for petal in range(14):
        angle = radians(360 / 14 * petal)
        c, s = cos(angle), sin(angle)
        b.poly(
            p.YELLOW,
            (0.3 * c - 0.13 * s, -0.3 + 0.3 * s + 0.13 * c),
            (0.68 * c, -0.3 + 0.68 * s),
            (0.3 * c + 0.13 * s, -0.3 + 0.3 * s - 0.13 * c),
        )
    b.disc(p.BROWN, 0, -0.3, 0.35)
    b.disc(p.DARK_BROWN, 0, -0.3, 0.22)


def rose(b: Brush) -> None:
    """A red rose with a spiral heart, thorns and leaves."""
    b.curve(p.DARK_GREEN, 0.09, (0, 0.0), (0.04, 0.5), (-0.04, 0.98))
    b.blob(p.GREEN, (0.02, 0.66), (0.2, 0.36), (0.6, 0.3), (0.44, 0.6))
    b.blob(p.GREEN, (0.0, 0.82), (-0.2, 0.52), (-0.6, 0.46), (-0.44, 0.76))
    b.poly(p.GREEN, (-0.4, 0.0), (0.4, 0.0), (0, 0.24))
    b.blob(
        p.RED,
        (-0.56, -0.56),
        (-0.3, -0.9),
        (0, -0.82),
        (0.3, -0.9),
        (0.56, -0.56),
        (0.4, 0.02),
        (0, 0.16),
        (-0.4, 0.02),
    )
    b.curve(p.DARK_RED, 0.08, (-0.5, -0.48), (-0.2, -0.12), (0.1, 0.08))
    b.curve(p.DARK_RED, 0.08, (0.5, -0.48), (0.26, -0.18), (0.0, -0.06))
    b.curve(
        p.DARK_RED,
        0.08,
        (-0.26, -0.46),
        (0, -0.28),
        (0.26, -0.44),
        (0.1, -0.68),
        (-0.14, -0.6),
        (-0.06, -0.48),
    )


def maple(b: Brush) -> None:
    """One red maple leaf."""
    colour = b.dice.pick((p.RED, p.ORANGE))
    half = (
        (0, -0.95),
        (0.16, -0.6),
        (0.36, -0.7),
        (0.3, -0.26),
        (0.56, -0.46),
        (0.62, -0.3),
        (0.95, -0.32),
        (0.84, -0.08),
        (0.92, 0.04),
        (0.48, 0.32),
        (0.54, 0.48),
        (0.06, 0.42),
    )
    b.line(p.BROWN, 0.09, (0, 0.3), (0.08, 0.96))
    b.poly(colour, *half, *[(-x, y) for x, y in reversed(half)])
    for x, y in ((0, -0.7), (0.6, -0.16), (-0.6, -0.16), (0.32, 0.34), (-0.32, 0.34)):
        b.line(p.DARK_RED, 0.045, (0, 0.36), (x, y))


def wheat(b: Brush) -> None:
    """Three heavy golden ears."""
    for lean, top in ((-0.5, -0.5), (0, -0.74), (0.5, -0.5)):
        b.curve(p.GOLD, 0.06, (0.1 * lean, 0.98), (0.3 * lean, 0.3), (lean, top))
        for grain in range(5):
            y = top + 0.17 * grain
            x = lean * (1 - 0.13 * grain)
            for side in (-1, 1):
                b.blob(
                    p.YELLOW,
                    (x, y + 0.1),
                    (x + 0.05 * side, y - 0.06),
                    (x + 0.2 * side, y - 0.14),
                    (x + 0.16 * side, y + 0.06),
                )
        b.line(p.GOLD, 0.04, (lean, top), (lean * 1.15, top - 0.24))
        b.disc(p.YELLOW, lean * 1.02, top - 0.08, 0.07, 0.12)
    b.poly(p.RED, (-0.2, 0.52), (0.2, 0.52), (0.2, 0.66), (-0.2, 0.66))


def apple(b: Brush) -> None:
    """A red apple with a stalk and a leaf."""
    colour = b.dice.pick((p.RED, (200, 30, 60)))
    b.blob(
        colour,
        (0, -0.4),
        (0.4, -0.56),
        (0.76, -0.2),
        (0.66, 0.4),
        (0.26, 0.86),
        (0, 0.78),
        (-0.26, 0.86),
        (-0.66, 0.4),
        (-0.76, -0.2),
        (-0.4, -0.56),
    )
    b.curve(p.BROWN, 0.1, (0, -0.36), (0.02, -0.6), (0.12, -0.86))
    b.blob(p.GREEN, (0.1, -0.64), (0.3, -0.96), (0.68, -0.9), (0.46, -0.62))
    b.disc(p.PALE_PINK, -0.4, -0.12, 0.1, 0.18)


def grape(b: Brush) -> None:
    """A bunch of purple grapes."""
    b.line(p.BROWN, 0.09, (0, -0.98), (0, -0.5))
    b.blob(p.GREEN, (0, -0.66), (-0.3, -0.96), (-0.74, -0.8), (-0.7, -0.5), (-0.36, -0.44))
    for row, count in enumerate((4, 4, 3, 2, 1)):
        for place in range(count):
            x, y = (place - (count - 1) / 2) * 0.36, -0.4 + 0.29 * row
            b.disc((84, 44, 120), x, y, 0.215)
            b.disc(p.PURPLE, x - 0.02, y - 0.02, 0.18)
            b.disc((206, 168, 230), x - 0.07, y - 0.08, 0.05)


def mushroom(b: Brush) -> None:
    """A red cap with white dots on a thick stem."""
    b.blob(p.CREAM, (-0.24, 0.0), (0.24, 0.0), (0.22, 0.5), (0.36, 0.92), (-0.36, 0.92), (-0.22, 0.5))
    b.cap(p.RED, 0, 0.14, 0.86, 0.98, 180, 360)
    b.disc(p.DARK_RED, 0, 0.14, 0.86, 0.12)
    b.disc(p.CREAM, 0, 0.16, 0.5, 0.08)
    for x, y, radius in ((0, -0.5, 0.16), (-0.46, -0.18, 0.14), (0.46, -0.2, 0.15), (0.06, -0.12, 0.09)):
        b.disc(p.WHITE, x, y, radius)


def cactus(b: Brush) -> None:
    """A saguaro with two arms and a flower."""
    for x, y in ((-0.6, -0.26), (0.6, -0.46)):
        b.line(p.GREEN, 0.26, (0, y + 0.56), (x, y + 0.56))
        b.line(p.GREEN, 0.26, (x, y + 0.66), (x, y))
        b.disc(p.GREEN, x, y, 0.13)
        b.disc(p.GREEN, x, y + 0.58, 0.13)
    b.box(p.GREEN, -0.22, -0.72, 0.22, 0.96)
    b.disc(p.GREEN, 0, -0.72, 0.22)
    for x in (-0.1, 0.06):
        b.line(p.DARK_GREEN, 0.045, (x, -0.76), (x, 0.96))
    b.disc(p.PINK, 0, -0.92, 0.12)


PAINTERS = {
    "tree": tree,
    "willow": willow,
    "pine": pine,
    "bamboo": bamboo,
    "plum": plum,
    "lotus": lotus,
    "sunflower": sunflower,
    "rose": rose,
    "maple": maple,
    "wheat": wheat,
    "apple": apple,
    "grape": grape,
    "mushroom": mushroom,
    "cactus": cactus,
}
