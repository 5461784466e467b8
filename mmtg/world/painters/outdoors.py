"""Painters of things that stand or lie in the open."""

from math import cos, radians, sin

from mmtg.world import palette as p
from mmtg.world.brush import Brush


def lantern(b: Brush) -> None:
    """A red paper lantern with gold rims and a tassel."""
    b.line(p.GOLD, 0.06, (0, -0.98), (0, -0.6))
    b.line(p.RED, 0.14, (0, 0.5), (0, 0.98))
    b.disc(p.RED, 0, -0.06, 0.78, 0.56)
    b.disc(p.ORANGE, 0, -0.06, 0.42, 0.56)
    b.disc(p.RED, 0, -0.06, 0.3, 0.54)
    b.box(p.GOLD, -0.34, -0.68, 0.34, -0.52)
    b.box(p.GOLD, -0.34, 0.42, 0.34, 0.56)


def umbrella(b: Brush) -> None:
    """An open umbrella with a hooked handle."""
    one, two = b.dice.pick(((p.RED, p.PINK), (p.BLUE, p.SKY_BLUE), (p.PURPLE, p.PALE_PINK)))
    b.line(p.BROWN, 0.08, (0, -0.9), (0, 0.74))
    b.arc(p.BROWN, 0.09, 0.16, 0.74, 0.16, 0.16, 0, 180)
    b.cap(one, 0, 0.06, 0.95, 0.9, 180, 360)
    b.cap(two, 0, 0.06, 0.34, 0.9, 180, 360)
    for x in (-0.64, 0.0, 0.64):
        b.disc(None, x, 0.1, 0.31, 0.12)
    b.line(p.BROWN, 0.08, (0, -0.06), (0, 0.2))


def swing(b: Brush) -> None:
    """A seat on two ropes under a wooden frame."""
    b.line(p.BROWN, 0.11, (-0.56, -0.8), (-0.94, 0.94))
    b.line(p.BROWN, 0.11, (-0.56, -0.8), (-0.4, 0.94))
    b.line(p.BROWN, 0.11, (0.56, -0.8), (0.94, 0.94))
    b.line(p.BROWN, 0.11, (0.56, -0.8), (0.4, 0.94))
    b.line(p.DARK_BROWN, 0.13, (-0.74, -0.8), (0.74, -0.8))
    lean = b.dice.between(-0.1, 0.1)
    for x in (-0.24, 0.24):
        b.line(p.YELLOW, 0.06, (x, -0.76), (x + lean, 0.42))
    b.box(p.RED, -0.34 + lean, 0.38, 0.34 + lean, 0.52)


def scarecrow(b: Brush) -> None:
    """A straw man with a hat, arms out on a pole."""
    b.line(p.BROWN, 0.1, (0, -0.1), (0, 0.98))
    b.line(p.BROWN, 0.1, (-0.95, 0.0), (0.95, 0.0))
    shirt = b.dice.pick((p.RED, p.BLUE, p.TEAL))
    b.poly(
        shirt,
        (-0.76, -0.14),
        (0.76, -0.14),
        (0.76, 0.14),
        (0.34, 0.18),
        (0.4, 0.66),
        (-0.4, 0.66),
        (-0.34, 0.18),
        (-0.76, 0.14),
    )
    for side in (-1, 1):
        b.poly(
            p.YELLOW,
            (0.74 * side, -0.08),
            (0.99 * side, -0.2),
            (0.94 * side, 0.0),
            (0.99 * side, 0.2),
            (0.74 * side, 0.1),
        )
    b.poly(p.YELLOW, (-0.36, 0.62), (-0.4, 0.84), (-0.16, 0.7), (0, 0.86), (0.16, 0.7), (0.4, 0.84), (0.36, 0.62))
    b.disc(p.CREAM, 0, -0.4, 0.28)
    b.disc(p.BLACK, -0.1, -0.42, 0.05)
    b.disc(p.BLACK, 0.1, -0.42, 0.05)
    b.line(p.RED, 0.05, (-0.12, -0.26), (0, -0.22), (0.12, -0.26))
    b.box(p.GOLD, -0.52, -0.64, 0.52, -0.54)
    b.poly(p.GOLD, (-0.3, -0.6), (-0.12, -0.98), (0.12, -0.98), (0.3, -0.6))
    b.box(p.BROWN, -0.28, -0.7, 0.28, -0.62)


def snowman(b: Brush) -> None:
    """Two balls of snow with hat, scarf and carrot nose."""
    b.line(p.BROWN, 0.07, (-0.3, 0.24), (-0.86, -0.06))
    b.line(p.BROWN, 0.07, (0.3, 0.24), (0.86, -0.06))
    b.disc(p.WHITE, 0, 0.46, 0.56, 0.5)
    b.disc(p.WHITE, 0, -0.28, 0.4)
    b.box(b.dice.pick((p.RED, p.GREEN)), -0.36, -0.02, 0.36, 0.13)
    b.poly(p.RED, (0.16, 0.06), (0.36, 0.06), (0.36, 0.44), (0.18, 0.44))
    b.poly(p.ORANGE, (0, -0.32), (0.4, -0.22), (0, -0.18))
    for x, y in ((-0.15, -0.4), (0.15, -0.4), (0, 0.4), (0, 0.64)):
        b.disc(p.BLACK, x, y, 0.065)
    b.box(p.BLACK, -0.46, -0.66, 0.46, -0.56)
    b.box(p.BLACK, -0.28, -0.98, 0.28, -0.6)
    b.box(p.RED, -0.28, -0.74, 0.28, -0.64)


def bench(b: Brush) -> None:
    """A slatted park bench."""
    for x in (-0.7, 0.7):
        b.line(p.INK, 0.11, (x, -0.56), (x, 0.9))
    for y in (-0.52, -0.28, -0.04):
        b.box(p.TAN, -0.95, y - 0.09, 0.95, y + 0.09)
    b.poly(p.BROWN, (-0.86, 0.22), (0.86, 0.22), (0.98, 0.46), (-0.98, 0.46))
    b.line(p.TAN, 0.05, (-0.92, 0.34), (0.92, 0.34))
    for x in (-0.84, 0.84):
        b.line(p.INK, 0.11, (x, 0.44), (x, 0.94))


def streetlamp(b: Brush) -> None:
    """A lamp post with a glowing lantern head."""
    b.line(p.INK, 0.15, (0, -0.3), (0, 0.9))
    b.box(p.INK, -0.24, 0.82, 0.24, 0.96)
    b.line(p.INK, 0.07, (-0.26, -0.1), (0.26, -0.1))
    b.poly(p.YELLOW, (-0.34, -0.8), (0.34, -0.8), (0.22, -0.26), (-0.22, -0.26))
    b.line(p.INK, 0.07, (-0.34, -0.8), (-0.22, -0.26), (0.22, -0.26), (0.34, -0.8))
    b.poly(p.INK, (-0.46, -0.74), (0, -0.99), (0.46, -0.74))


def campfire(b: Brush) -> None:
    """Flames over crossed logs."""
    b.blob(
        p.RED,
        (-0.5, 0.6),
        (-0.56, 0.1),
        (-0.34, -0.3),
        (-0.22, -0.06),
        (0.0, -0.95),
        (0.2, -0.2),
        (0.36, -0.4),
        (0.56, 0.1),
        (0.5, 0.6),
    )
    b.blob(
        p.ORANGE,
        (-0.34, 0.6),
        (-0.36, 0.2),
        (-0.12, 0.0),
        (0.02, -0.5),
        (0.2, 0.06),
        (0.38, 0.2),
        (0.34, 0.6),
    )
    b.blob(p.YELLOW, (-0.18, 0.6), (-0.16, 0.3), (0.02, -0.04), (0.18, 0.3), (0.18, 0.6))
    b.line(p.BROWN, 0.2, (-0.8, 0.9), (0.76, 0.52))
    b.line(p.DARK_BROWN, 0.2, (0.8, 0.9), (-0.76, 0.52))
    for x, y in ((-0.78, 0.9), (0.78, 0.9), (0.76, 0.52), (-0.76, 0.52)):
        b.disc(p.TAN, x, y, 0.11)


def shell(b: Brush) -> None:
    """A ribbed scallop shell."""
    colour = b.dice.pick((p.PALE_PINK, (250, 200, 160)))
    b.poly(colour, (-0.34, 0.86), (0.34, 0.86), (0.2, 0.5), (-0.2, 0.5))
    corners = []
    for flute in range(9):
        angle = radians(190 + 20 * flute)
        b.disc(colour, 0.78 * cos(angle), 0.34 + 1.0 * sin(angle), 0.17)
        corners.append((0.84 * cos(angle), 0.34 + 1.06 * sin(angle)))
    b.poly(colour, (0, 0.8), *corners)
    for flute in range(8):
        angle = radians(200 + 20 * flute)
        b.line((214, 120, 120), 0.055, (0, 0.72), (0.86 * cos(angle), 0.34 + 1.06 * sin(angle)))


PAINTERS = {
    "lantern": lantern,
    "umbrella": umbrella,
    "swing": swing,
    "scarecrow": scarecrow,
    "snowman": snowman,
    "bench": bench,
    "streetlamp": streetlamp,
    "campfire": campfire,
    "shell": shell,
}
