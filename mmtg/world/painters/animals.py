"""Painters of animals."""

from mmtg.world import palette as p
from mmtg.world.brush import Brush


def horse(b: Brush) -> None:
    """A horse standing in profile."""
    coat = b.dice.pick((p.BROWN, p.WHITE, p.TAN))
    mane = p.DARK_BROWN if coat != p.WHITE else p.GREY
    b.curve(mane, 0.16, (-0.6, -0.12), (-0.82, 0.08), (-0.82, 0.5))
    for x, foot in ((-0.52, -0.58), (-0.3, -0.3), (0.18, 0.16), (0.4, 0.44)):
        b.poly(coat, (x - 0.11, 0.1), (x + 0.11, 0.1), (foot + 0.07, 0.92), (foot - 0.07, 0.92))
        b.box(p.BLACK, foot - 0.09, 0.84, foot + 0.09, 0.95)
    b.disc(coat, -0.08, 0.04, 0.6, 0.29)
    b.poly(coat, (0.12, 0.0), (0.36, -0.74), (0.62, -0.66), (0.5, 0.12))
    b.poly(coat, (0.36, -0.8), (0.62, -0.8), (0.98, -0.42), (0.9, -0.28), (0.76, -0.28), (0.42, -0.5))
    b.poly(coat, (0.42, -0.74), (0.46, -0.98), (0.58, -0.76))
    b.poly(mane, (0.42, -0.92), (0.28, -0.78), (0.02, -0.2), (0.2, -0.12), (0.42, -0.66))
    b.disc(p.BLACK, 0.62, -0.62, 0.05)


def fish(b: Brush) -> None:
    """A goldfish with fins, gill and a bubble or two."""
    body, fin = b.dice.pick(((p.ORANGE, p.RED), (p.YELLOW, p.ORANGE), (p.RED, p.DARK_RED)))
    b.poly(fin, (-0.4, 0.0), (-0.95, -0.5), (-0.82, 0.0), (-0.95, 0.5))
    b.poly(fin, (-0.2, -0.3), (0.0, -0.72), (0.36, -0.34))
    b.poly(fin, (-0.1, 0.3), (0.04, 0.62), (0.26, 0.34))
    b.blob(
        body,
        (0.82, 0.02),
        (0.5, -0.34),
        (0.06, -0.42),
        (-0.5, -0.04),
        (-0.5, 0.04),
        (0.06, 0.42),
        (0.5, 0.34),
    )
    b.arc(fin, 0.07, 0.24, 0, 0.14, 0.32, -70, 70)
    for x in (0.0, -0.2):
        b.arc(fin, 0.05, x, 0.02, 0.1, 0.18, -70, 70)
    b.disc(p.WHITE, 0.56, -0.1, 0.13)
    b.disc(p.BLACK, 0.58, -0.1, 0.075)
    b.disc(p.WHITE, 0.86, -0.42, 0.09)
    b.disc(p.WHITE, 0.78, -0.7, 0.06)


def butterfly(b: Brush) -> None:
    """Four spotted wings around a thin body."""
    wing, spot = b.dice.pick(((p.ORANGE, p.YELLOW), (p.PURPLE, p.PINK), (p.BLUE, p.SKY_BLUE)))
    for side in (-1, 1):
        b.blob(
            wing,
            (0.06 * side, 0.0),
            (0.3 * side, -0.62),
            (0.86 * side, -0.8),
            (0.9 * side, -0.26),
            (0.4 * side, 0.08),
        )
        b.blob(
            wing,
            (0.06 * side, 0.0),
            (0.56 * side, 0.1),
            (0.72 * side, 0.52),
            (0.4 * side, 0.8),
            (0.14 * side, 0.4),
        )
        b.disc(spot, 0.62 * side, -0.46, 0.17)
        b.disc(spot, 0.42 * side, 0.42, 0.15)
        b.curve(p.BLACK, 0.05, (0.03 * side, -0.4), (0.12 * side, -0.74), (0.26 * side, -0.92))
    b.disc(p.BLACK, 0, 0.08, 0.09, 0.56)
    b.disc(p.BLACK, 0, -0.46, 0.11)


def cat(b: Brush) -> None:
    """A sitting cat, face on, with pointed ears and whiskers."""
    coat = b.dice.pick((p.ORANGE, p.GREY, p.INK))
    dark = p.BLACK if coat != p.INK else p.GREY
    b.curve(coat, 0.17, (0.4, 0.8), (0.84, 0.72), (0.82, 0.24), (0.64, 0.1))
    b.blob(coat, (0, -0.2), (0.42, 0.3), (0.46, 0.92), (-0.46, 0.92), (-0.42, 0.3))
    b.disc(p.CREAM, 0, 0.5, 0.2, 0.3)
    for side in (-1, 1):
        b.poly(coat, (0.54 * side, -0.3), (0.52 * side, -0.98), (0.06 * side, -0.66))
        b.poly(p.PINK, (0.44 * side, -0.5), (0.44 * side, -0.8), (0.22 * side, -0.64))
        b.disc(coat, 0.2 * side, 0.86, 0.2, 0.1)
    b.disc(coat, 0, -0.32, 0.54, 0.44)
    for side in (-1, 1):
        b.disc(p.LIME, 0.22 * side, -0.38, 0.13, 0.12)
        b.disc(p.BLACK, 0.22 * side, -0.38, 0.05, 0.12)
        b.line(dark, 0.035, (0.2 * side, -0.16), (0.74 * side, -0.24))
        b.line(dark, 0.035, (0.2 * side, -0.1), (0.72 * side, -0.04))
    b.poly(p.PINK, (-0.08, -0.2), (0.08, -0.2), (0, -0.1))


def dog(b: Brush) -> None:
    """A dog in profile: hanging ear, long muzzle, raised tail."""
    coat = b.dice.pick((p.TAN, p.GOLD, p.CREAM))
    b.curve(coat, 0.15, (-0.5, 0.1), (-0.78, -0.08), (-0.84, -0.42))
    for x in (-0.48, -0.26, 0.14, 0.34):
        b.box(coat, x - 0.09, 0.2, x + 0.09, 0.9)
        b.disc(coat, x + 0.05, 0.87, 0.13, 0.07)
    b.blob(coat, (-0.6, 0.1), (-0.3, -0.06), (0.3, -0.1), (0.5, 0.2), (0.3, 0.46), (-0.4, 0.42))
    b.poly(coat, (0.16, 0.1), (0.22, -0.4), (0.56, -0.4), (0.5, 0.3))
    b.box(p.RED, 0.2, -0.14, 0.54, 0.0)
    b.disc(coat, 0.42, -0.46, 0.34, 0.32)
    b.blob(coat, (0.5, -0.56), (0.9, -0.46), (0.95, -0.28), (0.6, -0.2))
    b.disc(p.BLACK, 0.93, -0.44, 0.09)
    b.disc(p.BLACK, 0.56, -0.54, 0.065)
    b.blob(p.DARK_BROWN, (0.2, -0.72), (0.4, -0.6), (0.36, -0.2), (0.2, -0.06), (0.06, -0.2), (0.08, -0.6))
    b.line(p.DARK_BROWN, 0.04, (0.9, -0.3), (0.68, -0.26))


def rabbit(b: Brush) -> None:
    """A white rabbit, face on, with long ears."""
    for side in (-1, 1):
        b.disc(p.WHITE, 0.24 * side, -0.62, 0.16, 0.38)
        b.disc(p.PINK, 0.24 * side, -0.6, 0.08, 0.27)
    b.disc(p.WHITE, 0, 0.56, 0.48, 0.4)
    b.disc(p.WHITE, 0, -0.06, 0.45, 0.4)
    for side in (-1, 1):
        b.disc(p.RED, 0.2 * side, -0.12, 0.075)
        b.disc(p.SILVER, 0.26 * side, 0.88, 0.2, 0.1)
        b.disc(p.PALE_PINK, 0.3 * side, 0.06, 0.1, 0.06)
    b.poly(p.PINK, (-0.08, 0.02), (0.08, 0.02), (0, 0.12))
    b.line(p.GREY, 0.04, (0, 0.1), (0, 0.2))
    b.box(p.SILVER, -0.05, 0.2, 0.05, 0.3)


def camel(b: Brush) -> None:
    """A camel with two humps and an arched neck."""
    coat = b.dice.pick((p.TAN, p.BROWN))
    b.curve(p.DARK_BROWN, 0.06, (-0.66, 0.0), (-0.82, 0.14), (-0.8, 0.4))
    for x in (-0.56, -0.38, 0.16, 0.34):
        b.box(coat, x - 0.07, 0.2, x + 0.07, 0.92)
        b.box(p.DARK_BROWN, x - 0.09, 0.86, x + 0.09, 0.95)
    b.disc(coat, -0.1, 0.14, 0.6, 0.28)
    b.blob(coat, (-0.6, 0.1), (-0.4, -0.56), (-0.28, -0.56), (-0.08, 0.1))
    b.blob(coat, (-0.14, 0.1), (0.08, -0.56), (0.2, -0.56), (0.42, 0.1))
    b.poly(p.RED, (-0.16, -0.14), (-0.02, -0.14), (0.06, 0.34), (-0.24, 0.34))
    b.curve(coat, 0.2, (0.4, 0.16), (0.64, 0.24), (0.72, -0.1), (0.7, -0.56))
    b.blob(coat, (0.6, -0.72), (0.8, -0.76), (0.98, -0.56), (0.92, -0.44), (0.64, -0.5))
    b.poly(coat, (0.6, -0.66), (0.6, -0.88), (0.72, -0.7))
    b.disc(p.BLACK, 0.8, -0.64, 0.045)


def whale(b: Brush) -> None:
    """A blue whale spouting."""
    for side in (-1, 1):
        b.curve(
            p.WHITE,
            0.09,
            (0.3, -0.3),
            (0.3 + 0.1 * side, -0.76),
            (0.3 + 0.34 * side, -0.72),
            (0.3 + 0.4 * side, -0.5),
        )
    b.poly(
        p.BLUE,
        (-0.5, 0.26),
        (-0.72, -0.2),
        (-0.98, -0.4),
        (-0.74, -0.5),
        (-0.58, -0.36),
        (-0.42, -0.54),
        (-0.2, -0.38),
        (-0.46, -0.18),
        (-0.2, 0.2),
    )
    b.blob(
        p.BLUE,
        (0.92, 0.26),
        (0.76, -0.18),
        (0.3, -0.34),
        (-0.2, -0.06),
        (-0.6, 0.1),
        (-0.5, 0.5),
        (0.0, 0.72),
        (0.6, 0.68),
    )
    b.blob(p.WHITE, (0.9, 0.32), (0.5, 0.4), (0.1, 0.48), (-0.2, 0.62), (0.2, 0.74), (0.66, 0.64))
    b.blob(p.NAVY, (0.1, 0.42), (0.28, 0.46), (0.16, 0.8), (-0.08, 0.84))
    b.disc(p.BLACK, 0.6, 0.14, 0.075)
    b.disc(p.WHITE, 0.62, 0.12, 0.03)


def turtle(b: Brush) -> None:
    """A turtle in profile under a patched dome."""
    b.disc(p.LIME, 0.78, 0.12, 0.22, 0.2)
    b.poly(p.LIME, (0.4, 0.2), (0.7, 0.0), (0.84, 0.28), (0.4, 0.48))
    b.disc(p.BLACK, 0.84, 0.06, 0.055)
    b.poly(p.LIME, (-0.6, 0.3), (-0.98, 0.46), (-0.6, 0.46))
    for x in (-0.42, 0.34):
        b.box(p.LIME, x - 0.14, 0.36, x + 0.14, 0.76)
    b.cap(p.DARK_GREEN, -0.04, 0.42, 0.66, 0.82, 180, 360)
    b.box(p.TAN, -0.72, 0.38, 0.64, 0.5)
    for x, y, r in (
        (-0.04, -0.08, 0.17),
        (-0.4, 0.1, 0.14),
        (0.32, 0.1, 0.14),
        (-0.22, 0.26, 0.1),
        (0.14, 0.26, 0.1),
    ):
        b.disc(p.GREEN, x, y, r)


def snail(b: Brush) -> None:
    """A snail under its spiral shell."""
    b.blob(
        p.CREAM,
        (-0.95, 0.74),
        (-0.3, 0.56),
        (0.5, 0.5),
        (0.6, 0.0),
        (0.8, -0.06),
        (0.92, 0.2),
        (0.8, 0.66),
        (0.5, 0.78),
    )
    b.line(p.CREAM, 0.07, (0.7, 0.02), (0.6, -0.42))
    b.line(p.CREAM, 0.07, (0.8, 0.02), (0.92, -0.4))
    b.disc(p.BLACK, 0.59, -0.44, 0.08)
    b.disc(p.BLACK, 0.93, -0.42, 0.08)
    b.disc(p.BROWN, -0.14, 0.1, 0.58, 0.56)
    b.disc(p.TAN, -0.14, 0.1, 0.48, 0.46)
    b.curve(
        p.BROWN,
        0.11,
        (0.24, 0.4),
        (0.28, -0.1),
        (-0.1, -0.28),
        (-0.42, 0.0),
        (-0.3, 0.34),
        (0.0, 0.32),
        (0.06, 0.06),
        (-0.14, 0.02),
    )


PAINTERS = {
    "horse": horse,
    "fish": fish,
    "butterfly": butterfly,
    "cat": cat,
    "dog": dog,
    "rabbit": rabbit,
    "camel": camel,
    "whale": whale,
    "turtle": turtle,
    "snail": snail,
}
