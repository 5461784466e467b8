"""How Chinese characters sound: rhyme groups and tones, by pypinyin.

It is imported where it is used: its dictionary takes a third of a second, and a run measures only when it has trained.
"""

from functools import lru_cache
from typing import Any

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
_LEVEL = {"1": True, "2": True, "3": False, "4": False}
"""Whether a tone is level; the neutral one is neither."""
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
    return _group(_read(ending, "INITIALS")[-1], _read(ending, "FINALS")[-1])


@lru_cache(maxsize=1 << 16)
def level_tones(line: str) -> tuple[bool | None, ...]:
    """Whether each character of a line has a level tone (the modern first and second).

    Args:
        line: characters.

    Returns:
        One per character: True for level, False for oblique (third and fourth), None for a neutral tone or what is
        no Chinese character.
    """
    return tuple(_LEVEL.get(reading[-1:]) for reading in _read(line, "TONE3"))


@lru_cache(maxsize=1 << 16)
def readings(character: str, *, first: bool = False) -> frozenset[tuple[str | None, bool | None]]:
    """Every way a character may be read.

    Args:
        character: one character.
        first: only the commonest way.

    Returns:
        Pairs of rhyme group and level tone, each as :func:`rhyme_of` and :func:`level_tones` give it; none for what is
        no Chinese character.
    """
    from pypinyin import Style, pinyin
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    [found] = pinyin(
        character, style=Style.TONE3, heteronym=not first, neutral_tone_with_five=True, errors=_without_reading
    )
    syllables = [syllable for syllable in found if syllable.isascii() and syllable]
    return frozenset((_group(to_initials(s), to_finals(s)), _LEVEL.get(s[-1])) for s in syllables)


def _without_reading(others: str) -> Any:
    """Nothing, for what is no Chinese character."""
    return [[""]]


def _group(initial: str, final: str) -> str | None:
    return "zhi" if final == "i" and initial in BUZZING else RHYMES.get(final)


def _read(text: str, style: str) -> list[str]:
    """One reading per character; nothing for what is no Chinese character."""
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(text, style=getattr(Style, style), neutral_tone_with_five=True, errors=_unread)


def _unread(others: str) -> Any:
    """Keeps the place of characters that are not Chinese."""
    return [""] * len(others)
