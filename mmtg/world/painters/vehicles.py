"""Painters of what one rides and sails."""

from mmtg.world import palette as p
from mmtg.world.brush import Brush


def plane(b: Brush) -> None:
    """A jet seen from the side."""
    b.poly(p.RED, (-0.72, -0.04), (-0.98, -0.56), (-0.74, -0.56), (-0.44, -0.06))
    b.poly(p.GREY, (0.1, -0.04), (-0.16, -0.5), (0.02, -0.5), (0.34, -0.04))
    b.blob(
        p.WHITE,
        (0.95, 0.06), (0.74, -0.16), (0.2, -0.2), (-0.7, -0.12), (-0.95, -0.06), (-0.6, 0.16), (0.7, 0.22),
    )  # fmt: skip
    b.poly(p.BLUE, (0.22, 0.06), (-0.3, 0.62), (-0.52, 0.62), (-0.16, 0.06))
    b.poly(p.RED, (-0.68, 0.0), (-0.98, 0.22), (-0.84, 0.22), (-0.48, 0.02))
    for window in range(5):
        b.disc(p.NAVY, -0.34 + 0.2 * window, -0.06, 0.055)
    b.poly(p.NAVY, (0.66, -0.1), (0.8, -0.02), (0.64, -0.0))


def boat(b: Brush) -> None:
    """A river boat with a round mat roof and a pole."""
    b.line(p.BROWN, 0.06, (0.62, -0.9), (0.86, 0.6))
    b.cap(p.INK, -0.1, 0.3, 0.48, 0.62, 180, 360)
    b.cap(p.DARK_BROWN, -0.1, 0.3, 0.36, 0.46, 180, 360)
    for x in (-0.4, -0.1, 0.2):
        b.line(p.GREY, 0.05, (x, 0.26), (x * 0.9 - 0.01, -0.2))
    b.blob(p.BROWN, (-0.98, 0.1), (-0.6, 0.3), (0.0, 0.34), (0.6, 0.3), (0.98, 0.1), (0.66, 0.66), (-0.66, 0.66))
    b.line(p.TAN, 0.06, (-0.86, 0.26), (-0.4, 0.38), (0.4, 0.38), (0.86, 0.26))
    b.curve(p.WHITE, 0.06, (-0.9, 0.8), (-0.5, 0.72), (0.0, 0.82), (0.5, 0.72), (0.9, 0.8))


def sail(b: Brush) -> None:
    """A sailing boat: mast, two white sails, red hull."""
    b.line(p.BROWN, 0.07, (0, -0.96), (0, 0.5))
    b.poly(p.WHITE, (-0.07, -0.9), (-0.07, 0.34), (-0.8, 0.34))
    b.poly(p.CREAM, (0.07, -0.74), (0.07, 0.34), (0.6, 0.34))
    b.poly(b.dice.pick((p.RED, p.NAVY)), (-0.86, 0.46), (0.86, 0.46), (0.56, 0.86), (-0.56, 0.86))
    b.box(p.WHITE, -0.74, 0.56, 0.74, 0.62)


def train(b: Brush) -> None:
    """A steam engine with a chimney and puffs of smoke."""
    colour = b.dice.pick((p.RED, p.GREEN, p.BLUE))
    for x, y, r in ((0.5, -0.76, 0.14), (0.22, -0.86, 0.17), (-0.14, -0.9, 0.14)):
        b.disc(p.SILVER, x, y, r)
    b.poly(p.BLACK, (0.4, -0.6), (0.74, -0.6), (0.66, -0.2), (0.48, -0.2))
    b.box(colour, -0.3, -0.24, 0.84, 0.4)
    b.disc(p.BLACK, 0.84, 0.08, 0.1, 0.32)
    b.box(colour, -0.92, -0.6, -0.26, 0.4)
    b.box(p.BLACK, -0.98, -0.7, -0.2, -0.56)
    b.box(p.SKY_BLUE, -0.78, -0.44, -0.4, -0.1)
    b.box(p.BLACK, -0.94, 0.36, 0.9, 0.5)
    b.poly(p.GOLD, (0.8, 0.46), (0.99, 0.84), (0.72, 0.84))
    for x, r in ((-0.64, 0.28), (0.06, 0.2), (0.5, 0.2)):
        b.disc(p.BLACK, x, 0.92 - r, r)
        b.disc(p.GOLD, x, 0.92 - r, r * 0.55)


def bicycle(b: Brush) -> None:
    """Two wheels, a diamond frame, handlebar and saddle."""
    colour = b.dice.pick((p.RED, p.BLUE, p.TEAL))
    for x in (-0.54, 0.54):
        b.arc(p.BLACK, 0.1, x, 0.36, 0.38, 0.4, 0, 360)
        b.disc(p.BLACK, x, 0.36, 0.07)
        b.line(p.GREY, 0.03, (x - 0.36, 0.36), (x + 0.36, 0.36))
        b.line(p.GREY, 0.03, (x, 0.0), (x, 0.72))
    b.line(colour, 0.1, (-0.54, 0.36), (-0.26, -0.26), (0.36, -0.26), (0.0, 0.38), (-0.54, 0.36))
    b.line(colour, 0.1, (0.0, 0.38), (-0.3, -0.42))
    b.line(colour, 0.1, (0.54, 0.36), (0.32, -0.5))
    b.line(p.BLACK, 0.09, (0.32, -0.5), (0.58, -0.6), (0.66, -0.46))
    b.disc(p.BLACK, -0.32, -0.46, 0.24, 0.09)


PAINTERS = {"plane": plane, "boat": boat, "sail": sail, "train": train, "bicycle": bicycle}
