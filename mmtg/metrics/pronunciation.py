"""How Chinese characters sound: rhyme groups and tones, by pypinyin."""

from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

_GROUPS = """
    ma: a ia ua | bo: o io e uo | jie: ie ve ê | kai: ai uai | wei: ei uei | hao: ao iao | you: ou iou
    han: an ian uan van | wen: en in uen vn | tang: ang iang uang | geng: eng ing ueng ong iong
    qi: i er v | gu: u
"""
"""The fourteen rhymes of modern Chinese verse (Zhonghua Xinyun, 2005); the fourteenth is that of zhi and zi."""

RHYMES = {
    final: name.strip()
    for name, finals in (group.split(":") for group in _GROUPS.replace("|", "\n").strip().split("\n"))
    for final in finals.split()
}
BUZZING = ("zh", "ch", "sh", "r", "z", "c", "s")
"""Initials after which the final i is a sound of its own."""


@lru_cache(maxsize=1 << 16)
def rhyme_of(ending: str) -> str | None:
    """Rhyme group of the last character.

    Args:
        ending: the last characters of a line; those before the last decide between several readings.

    Returns:
        The group's name; None if the character has no known rhyme.
    """
    final = _read(ending, Style.FINALS)[-1]
    if final == "i" and _read(ending, Style.INITIALS)[-1] in BUZZING:
        return "zhi"
    return RHYMES.get(final)


@lru_cache(maxsize=1 << 16)
def level_tones(line: str) -> tuple[bool | None, ...]:
    """Whether each character of a line has a level tone (the modern first and second).

    Args:
        line: characters.

    Returns:
        One per character: True for level, False for oblique (third and fourth), None for a neutral tone or what is
        no Chinese character.
    """
    tones = [reading[-1:] for reading in _read(line, Style.TONE3)]
    return tuple({"1": True, "2": True, "3": False, "4": False}.get(tone) for tone in tones)


def _read(text: str, style: Style) -> list[str]:
    """One reading per character; nothing for what is no Chinese character."""
    return lazy_pinyin(text, style=style, neutral_tone_with_five=True, errors=_unread)


def _unread(others: str) -> Any:
    """Keeps the place of characters that are not Chinese."""
    return [""] * len(others)
