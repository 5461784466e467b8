"""Painters of what lies on a table."""

from math import cos, radians, sin

from mmtg.world import palette as p
from mmtg.world.brush import Brush


def candle(b: Brush) -> None:
    """A burning candle in a dish."""
    b.disc(p.GOLD, 0, 0.8, 0.66, 0.16)
    b.arc(p.GOLD, 0.09, 0.68, 0.7, 0.16, 0.16, 0, 360)
    colour = b.dice.pick((p.RED, p.WHITE))
    b.box(colour, -0.2, -0.24, 0.2, 0.8)
    b.disc(p.CREAM, 0, -0.24, 0.2, 0.07)
    b.line(p.INK, 0.05, (0, -0.24), (0, -0.44))
    b.blob(p.ORANGE, (0, -0.98), (0.21, -0.52), (0, -0.32), (-0.21, -0.52))
    b.blob(p.YELLOW, (0, -0.76), (0.12, -0.5), (0, -0.38), (-0.12, -0.5))


def wine(b: Brush) -> None:
    """A stemmed glass of red wine."""
    b.blob(p.WHITE, (-0.5, -0.9), (0.5, -0.9), (0.52, -0.3), (0.0, 0.2), (-0.52, -0.3))
    b.blob(p.DARK_RED, (-0.46, -0.46), (0.46, -0.46), (0.42, -0.18), (0.0, 0.13), (-0.42, -0.18))
    b.disc((190, 44, 60), 0, -0.46, 0.46, 0.08)
    b.box(p.WHITE, -0.06, 0.12, 0.06, 0.84)
    b.disc(p.WHITE, 0, 0.86, 0.42, 0.1)


def teapot(b: Brush) -> None:
    """A round pot with spout, handle and steam."""
    colour = b.dice.pick((p.TEAL, (168, 84, 52), p.BLUE))
    b.arc(colour, 0.13, -0.62, 0.2, 0.26, 0.32, 60, 300)
    b.poly(colour, (0.4, 0.44), (0.72, 0.0), (0.86, -0.2), (0.99, -0.12), (0.8, 0.3), (0.5, 0.66))
    b.disc(colour, 0, 0.3, 0.62, 0.5)
    b.box(colour, -0.34, 0.72, 0.34, 0.84)
    b.cap(p.CREAM, 0, -0.12, 0.4, 0.2, 180, 360)
    b.disc(p.CREAM, 0, -0.36, 0.11)
    b.curve(p.WHITE, 0.06, (0.9, -0.4), (0.8, -0.58), (0.92, -0.74), (0.84, -0.92))
    b.curve(p.CREAM, 0.07, (-0.4, 0.3), (-0.14, 0.42), (0.14, 0.42), (0.4, 0.3))


def book(b: Brush) -> None:
    """An open book with lines of writing."""
    b.poly(
        b.dice.pick((p.RED, p.BLUE, p.GREEN)),
        (-0.98, -0.5),
        (0, -0.32),
        (0.98, -0.5),
        (0.98, 0.62),
        (0, 0.8),
        (-0.98, 0.62),
    )
    for side in (-1, 1):
        b.poly(
            p.WHITE,
            (0, -0.36),
            (0.4 * side, -0.58),
            (0.88 * side, -0.58),
            (0.88 * side, 0.46),
            (0.4 * side, 0.46),
            (0, 0.68),
        )
        for row in range(4):
            y = -0.34 + 0.2 * row
            b.line(p.GREY, 0.055, (0.18 * side, y + 0.04), (0.4 * side, y - 0.06), (0.74 * side, y - 0.06))
    b.line(p.GREY, 0.06, (0, -0.36), (0, 0.7))


def letter(b: Brush) -> None:
    """A closed envelope with a red seal."""
    b.box(p.WHITE, -0.9, -0.52, 0.9, 0.62)
    b.line(p.GREY, 0.05, (-0.9, 0.62), (-0.2, 0.06))
    b.line(p.GREY, 0.05, (0.9, 0.62), (0.2, 0.06))
    b.poly(p.CREAM, (-0.9, -0.52), (0.9, -0.52), (0, 0.26))
    b.line(p.GREY, 0.06, (-0.9, -0.52), (0, 0.26), (0.9, -0.52))
    b.line(p.GREY, 0.05, (-0.9, -0.52), (0.9, -0.52), (0.9, 0.62), (-0.9, 0.62), (-0.9, -0.52))
    b.disc(p.RED, 0, 0.2, 0.17)


def bell(b: Brush) -> None:
    """A golden hand bell with a bow."""
    b.disc(p.BROWN, 0, 0.74, 0.17)
    b.blob(p.GOLD, (-0.26, -0.56), (0, -0.72), (0.26, -0.56), (0.4, 0.1), (0.66, 0.5), (-0.66, 0.5), (-0.4, 0.1))
    b.box(p.GOLD, -0.74, 0.44, 0.74, 0.64)
    b.curve(p.YELLOW, 0.1, (-0.22, -0.4), (-0.3, 0.0), (-0.44, 0.34))
    b.arc(p.GOLD, 0.08, 0, -0.8, 0.13, 0.13, 0, 360)
    for side in (-1, 1):
        b.poly(p.RED, (0, -0.62), (0.44 * side, -0.86), (0.44 * side, -0.42))


def clock(b: Brush) -> None:
    """A twin-bell alarm clock."""
    colour = b.dice.pick((p.RED, p.TEAL, p.BLUE))
    for side in (-1, 1):
        b.disc(p.GOLD, 0.46 * side, -0.68, 0.27, 0.22)
        b.line(p.INK, 0.12, (0.4 * side, 0.6), (0.6 * side, 0.95))
    b.disc(colour, 0, 0.1, 0.78)
    b.disc(p.WHITE, 0, 0.1, 0.6)
    for hour in range(0, 360, 30):
        c, s = cos(radians(hour)), sin(radians(hour))
        b.disc(p.INK, 0.5 * c, 0.1 + 0.5 * s, 0.045 if hour % 90 else 0.07)
    angle = radians(b.dice.below(12) * 30)
    b.line(p.BLACK, 0.1, (0, 0.1), (0.26 * cos(angle), 0.1 + 0.26 * sin(angle)))
    b.line(p.BLACK, 0.07, (0, 0.1), (0.0, -0.3))
    b.disc(p.RED, 0, 0.1, 0.07)


def drum(b: Brush) -> None:
    """A red drum with two sticks."""
    b.line(p.TAN, 0.08, (-0.8, -0.9), (-0.14, -0.34))
    b.line(p.TAN, 0.08, (0.8, -0.9), (0.14, -0.34))
    b.disc(p.TAN, -0.12, -0.32, 0.09)
    b.disc(p.TAN, 0.12, -0.32, 0.09)
    b.disc(p.RED, 0, 0.62, 0.74, 0.24)
    b.box(p.RED, -0.74, -0.1, 0.74, 0.62)
    for x in range(-3, 3):
        b.line(p.GOLD, 0.05, (0.24 * x, 0.06), (0.24 * x + 0.12, 0.72), (0.24 * x + 0.24, 0.06))
    b.disc(p.GOLD, 0, -0.1, 0.78, 0.25)
    b.disc(p.CREAM, 0, -0.12, 0.68, 0.2)
    b.line(p.TAN, 0.08, (-0.46, -0.6), (-0.14, -0.2))
    b.line(p.TAN, 0.08, (0.46, -0.6), (0.14, -0.2))
    b.disc(p.BROWN, -0.12, -0.18, 0.09)
    b.disc(p.BROWN, 0.12, -0.18, 0.09)


def fan(b: Brush) -> None:
    """A spread folding fan with ribs and a tassel."""
    colour = b.dice.pick((p.PINK, p.CREAM, p.SKY_BLUE))
    b.pie(p.BROWN, 0, 0.66, 0.5, 0.72, 200, 340)
    for rib in range(7):
        start = 195 + 20 * rib
        b.pie(colour if rib % 2 else p.WHITE, 0, 0.66, 1.0, 1.4, start, start + 25)
    b.pie(p.BROWN, 0, 0.66, 0.42, 0.6, 195, 345)
    for rib in range(8):
        angle = radians(200 + 20 * rib)
        b.line(p.DARK_BROWN, 0.04, (0, 0.66), (0.94 * cos(angle), 0.66 + 1.32 * sin(angle)))
    b.disc(p.RED, 0.3, -0.3, 0.13)
    b.disc(p.RED, -0.3, -0.2, 0.1)
    b.line(p.RED, 0.09, (0, 0.68), (0.02, 0.96))


def guitar(b: Brush) -> None:
    """A guitar, leaning."""
    b.line(p.DARK_BROWN, 0.14, (0.0, 0.1), (0.62, -0.76))
    b.line(p.BLACK, 0.24, (0.6, -0.72), (0.74, -0.92))
    b.blob(
        p.TAN,
        (0.22, -0.24),
        (0.34, 0.12),
        (0.24, 0.4),
        (0.06, 0.84),
        (-0.5, 0.9),
        (-0.76, 0.5),
        (-0.5, 0.1),
        (-0.24, -0.02),
        (-0.04, -0.3),
    )
    b.disc(p.DARK_BROWN, -0.08, 0.24, 0.18)
    b.line(p.DARK_BROWN, 0.09, (-0.52, 0.4), (-0.24, 0.64))
    b.line(p.CREAM, 0.05, (-0.4, 0.54), (0.68, -0.84))


def key(b: Brush) -> None:
    """An old key, aslant."""
    b.line(p.GOLD, 0.15, (-0.3, -0.3), (0.8, 0.8))
    b.line(p.GOLD, 0.13, (0.76, 0.76), (0.96, 0.5))
    b.line(p.GOLD, 0.13, (0.5, 0.5), (0.7, 0.26))
    b.disc(p.GOLD, -0.48, -0.48, 0.44)
    b.disc(None, -0.48, -0.48, 0.24)


PAINTERS = {
    "candle": candle,
    "wine": wine,
    "teapot": teapot,
    "book": book,
    "letter": letter,
    "bell": bell,
    "clock": clock,
    "drum": drum,
    "fan": fan,
    "guitar": guitar,
    "key": key,
}
