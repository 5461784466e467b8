"""What lies behind and before the object: sky, ground, weather."""

from math import sin

import numpy as np
from PIL import Image, ImageDraw

from mmtg.world.brush import Colour
from mmtg.world.dice import Dice
from mmtg.world.skies import Sky

_TOP = {"dawn": (150, 160, 214), "day": (84, 160, 232), "dusk": (104, 66, 132), "night": (14, 18, 50)}
_LOW = {"dawn": (255, 206, 176), "day": (196, 228, 250), "dusk": (250, 146, 86), "night": (48, 58, 108)}
_GROUND = {
    "field": (116, 170, 92),
    "water": (70, 132, 190),
    "desert": (226, 190, 130),
    "table": (168, 112, 70),
}
_LIGHT = {"dawn": 0.9, "day": 1.0, "dusk": 0.78, "night": 0.45}
_HAZE = {
    "clear": ((0, 0, 0), 0.0),
    "cloudy": ((150, 156, 166), 0.5),
    "rain": (((96, 106, 122)), 0.6),
    "snow": ((206, 212, 224), 0.55),
    "fog": ((214, 216, 220), 0.75),
}
_SNOW_COVER: Colour = (232, 236, 244)
SCENES = ("sky", *_GROUND)
"""Where an object can stand: in the air, or on one kind of ground."""

_OVER = 2  # Backdrops have no fine edges: twice the pixels are enough.


def _mix(one: Colour, two: Colour, share: float, shift: float = 0.0) -> Colour:
    """The first colour with a share of the second, all channels shifted."""
    red, green, blue = (min(255, max(0, int(a + (b - a) * share + shift))) for a, b in zip(one, two, strict=True))
    return red, green, blue


def _lit(colour: Colour, light: float) -> Colour:
    return int(colour[0] * light), int(colour[1] * light), int(colour[2] * min(1.0, light * 1.1))


def _gradient(top: Colour, low: Colour, side: int) -> Image.Image:
    column = np.linspace(top, low, side).astype(np.uint8)
    return Image.frombytes("RGB", (1, side), column.tobytes()).resize((side, side), Image.Resampling.NEAREST)


def _haze(sky: Sky) -> tuple[Colour, float]:
    colour, share = _HAZE[sky.weather]
    return _lit(colour, _LIGHT[sky.time]), share


def paint_backdrop(sky: Sky, scene: str, side: int, dice: Dice) -> Image.Image:
    """Paint sky and ground.

    Args:
        sky: time of day and weather.
        scene: one of SCENES.
        side: width and height in pixels.
        dice: chance for shades, hills, clouds and stars.

    Returns:
        An RGB picture, side by side pixels.
    """
    haze, share = _haze(sky)
    shift, big = dice.between(-12, 12), side * _OVER
    image = _gradient(_mix(_TOP[sky.time], haze, share, shift), _mix(_LOW[sky.time], haze, share, shift), big)
    draw = ImageDraw.Draw(image)
    if sky.weather == "clear" and sky.time == "night":
        _stars(draw, big, dice)
    if sky.weather in ("cloudy", "rain"):
        _overcast(draw, _mix(haze, (255, 255, 255), 0.25 if sky.weather == "cloudy" else -0.2), big, dice)
    if scene != "sky":
        _ground(draw, sky, scene, big, dice)
    return image.reduce(_OVER)


def _stars(draw: ImageDraw.ImageDraw, side: int, dice: Dice) -> None:
    for _ in range(14):
        x, y = dice.below(side), dice.below(side * 2 // 3)
        draw.rectangle((x, y, x + 1, y + 1), fill=(220, 224, 240))


def _overcast(draw: ImageDraw.ImageDraw, colour: Colour, side: int, dice: Dice) -> None:
    for _ in range(5):
        x, y = dice.between(-0.1, 0.9) * side, dice.between(-0.08, 0.14) * side
        wide, tall = dice.between(0.3, 0.5) * side, dice.between(0.1, 0.16) * side
        draw.ellipse((x, y, x + wide, y + tall), fill=colour)


def _ground(draw: ImageDraw.ImageDraw, sky: Sky, scene: str, side: int, dice: Dice) -> None:
    haze, share = _haze(sky)
    colour = _GROUND[scene]
    if sky.weather == "snow" and scene in ("field", "desert"):
        colour = _mix(colour, _SNOW_COVER, 0.8)
    colour = _mix(_lit(colour, _LIGHT[sky.time]), haze, share * 0.5, dice.between(-10, 10))
    level = dice.between(0.68, 0.76) * side
    swell = {"field": 0.04, "desert": 0.06}.get(scene, 0.0) * side
    phase = dice.between(0, 6.3)
    ridge = [(x, level + swell * sin(phase + 5.0 * x / side)) for x in range(0, side + 9, 8)]
    draw.polygon([*ridge, (side, side), (0, side)], fill=colour)
    if scene in ("water", "table"):
        _streaks(draw, _mix(colour, (255, 255, 255), 0.25), level, side, dice)


def _streaks(draw: ImageDraw.ImageDraw, colour: Colour, level: float, side: int, dice: Dice) -> None:
    for _ in range(5):
        x, y = dice.between(-0.1, 0.8) * side, dice.between(level + 4, side)
        draw.line((x, y, x + dice.between(0.1, 0.3) * side, y), fill=colour, width=2)


def rim_colour(sky: Sky) -> Colour:
    """The colour of a thin rim that lifts an object off this sky: light on dark, dark on light."""
    return (236, 232, 216) if sky.time == "night" else (44, 38, 54)


def paint_weather(image: Image.Image, sky: Sky, dice: Dice) -> Image.Image:
    """Let rain, snow or fog fall before the object.

    Args:
        image: RGB picture; may be painted on in place.
        sky: its weather decides.
        dice: chance for drops and flakes.

    Returns:
        The picture with the weather on it.
    """
    side = image.width
    if sky.weather == "fog":
        return Image.blend(image, Image.new("RGB", image.size, _haze(sky)[0]), dice.between(0.22, 0.34))
    if sky.weather == "rain":
        draw = ImageDraw.Draw(image, "RGBA")
        lean = dice.between(-0.04, 0.04) * side
        for _ in range(22):
            x, y = dice.between(0, side), dice.between(-0.1, 1) * side
            draw.line((x, y, x + lean, y + 0.1 * side), fill=(214, 226, 240, 150))
    if sky.weather == "snow":
        draw = ImageDraw.Draw(image)
        for _ in range(20):
            x, y = dice.below(side), dice.below(side)
            draw.rectangle((x, y, x + dice.below(2), y + dice.below(2)), fill=(250, 250, 252))
    return image
