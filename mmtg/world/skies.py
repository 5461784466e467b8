"""Skies: a time of day with a weather, the words for them and the moods they lean to."""

from dataclasses import dataclass

from mmtg.errors import InputError

MOODS = ("negative", "neutral", "positive")
"""The three moods, from low to high."""

_TIME_WORDS = {
    "dawn": ("清晨", "黎明", "拂晓", "天刚亮"),
    "day": ("午后", "正午", "白天里", "这一天"),
    "dusk": ("黄昏", "傍晚", "日落时", "暮色里"),
    "night": ("今夜", "深夜", "夜里", "入夜后"),
}
_WEATHER_WORDS = {
    "clear": ("晴空下", "微风里", "风轻轻"),
    "cloudy": ("阴天里", "天色阴沉", "天阴着"),
    "rain": ("雨里", "雨中", "细雨中", "雨一直下"),
    "snow": ("雪里", "雪中", "大雪中", "飘雪时"),
    "fog": ("雾里", "薄雾中", "雾茫茫", "大雾里"),
}
# How much each mood weighs under a time of day and a weather: negative, neutral, positive.
_TIME_MOODS = {"dawn": (1, 2, 4), "day": (1, 2, 3), "dusk": (3, 3, 2), "night": (4, 3, 2)}
_WEATHER_MOODS = {
    "clear": (1, 2, 5),
    "cloudy": (3, 4, 1),
    "rain": (5, 2, 1),
    "snow": (3, 3, 2),
    "fog": (4, 4, 1),
}


TIMES = tuple(_TIME_WORDS)
"""Times of day."""

WEATHERS = tuple(_WEATHER_WORDS)
"""Weathers."""


@dataclass(frozen=True)
class Sky:
    """A time of day with a weather.

    Attributes:
        name: time and weather joined by a hyphen, such as ``night-rain``.
        time: dawn, day, dusk or night.
        weather: clear, cloudy, rain, snow or fog.
        openings: words that set a line under this sky.
        moods: weight of each of MOODS under this sky.
    """

    name: str
    time: str
    weather: str
    openings: tuple[str, ...]
    moods: tuple[int, int, int]

    @property
    def sentiment(self) -> str:
        """The mood this sky leans to most."""
        return MOODS[max(range(3), key=lambda mood: self.moods[mood])]


def _sky(time: str, weather: str) -> Sky:
    one, two = _TIME_MOODS[time], _WEATHER_MOODS[weather]
    moods = (one[0] * two[0], one[1] * two[1], one[2] * two[2])
    return Sky(f"{time}-{weather}", time, weather, _TIME_WORDS[time] + _WEATHER_WORDS[weather], moods)


SKIES: dict[str, Sky] = {
    sky.name: sky for sky in (_sky(time, weather) for time in _TIME_MOODS for weather in _WEATHER_MOODS)
}
"""All skies by name, every time of day under every weather (design of the suite)."""


def sky_named(name: str) -> Sky:
    """Look up a sky.

    Args:
        name: name of a sky.

    Returns:
        The sky of that name.

    Raises:
        InputError: no sky has the name.
    """
    if name not in SKIES:
        raise InputError(f"no sky is called {name!r}; there are {', '.join(SKIES)}")
    return SKIES[name]
