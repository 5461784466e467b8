"""What a poem must look like: lines, characters, rhyme, tones.

``form_mask.py`` holds decoding to it, ``form_check.py`` tests a finished poem against it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmtg.decoding.tones import ANY, FREE_LINE, FREEDOMS, LEVEL, TONE_LENGTHS, TONE_PATTERNS, Pattern, regulated
from mmtg.errors import InputError
from mmtg.metrics.pronunciation import readings

AUTO = "auto"
REPEATS = ("any", "line", "text")
READINGS = ("all", "first")
_KNOWN = {"free_tones": FREEDOMS, "no_repeat": REPEATS, "rhyme_readings": READINGS, "tone_readings": READINGS}
QUATRAIN = 4
SCHEMES = ("xaxa", "aaxa")
"""Rhymes of regulated quatrains."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a poem must look like; see ``conf/form``.

    Attributes:
        lines: of a poem.
        characters: lengths that a line may have, in Chinese characters.
        equal_lines: whether all lines of a poem have the same of these lengths.
        rhyme: a letter per line: lines with the same letter rhyme and end in different characters, ``x`` is free; None:
            nothing must rhyme. Groups are the fourteen of Zhonghua Xinyun (mmtg.metrics.pronunciation).
        level_rhyme: whether rhyming characters must have a level tone.
        tones: a regulated pattern (mmtg.decoding.tones), ``auto`` for any of those that the rhyme allows, or None.
        free_tones: which tones of a pattern are free: ``odd`` or ``textbook``.
        no_repeat: where a character may come but once: ``any`` (nowhere), ``line`` or ``text``.
        rhyme_readings: ``all`` lets a character rhyme by any of its readings, ``first`` by its commonest alone.
        tone_readings: the same for tones.

    Raises:
        InputError: a value is out of its range, or two contradict each other.
    """

    lines: int
    characters: tuple[int, ...]
    equal_lines: bool = True
    rhyme: str | None = None
    level_rhyme: bool = False
    tones: str | None = None
    free_tones: str = "odd"
    no_repeat: str = "any"
    rhyme_readings: str = "first"
    tone_readings: str = "all"

    def __post_init__(self) -> None:
        object.__setattr__(self, "characters", tuple(sorted({*self.characters})))
        if self.lines < 1:
            raise InputError(f"is {self.lines}; must be at least 1", field="form.lines")
        if not self.characters or self.characters[0] < 1:
            raise InputError("must be one or several lengths of at least 1", field="form.characters")
        for name, known in _KNOWN.items():
            _check_known(name, getattr(self, name), known)
        if self.rhyme is not None:
            self._check_rhyme(self.rhyme)
        if self.level_rhyme and self.rhyme is None:
            raise InputError("asks for rhymes, but form.rhyme has none", field="form.level_rhyme")
        if self.tones is not None:
            self._check_tones(self.tones)

    def _check_rhyme(self, scheme: str) -> None:
        if len(scheme) != self.lines or not (scheme.isascii() and scheme.isalpha() and scheme.islower()):
            what = f"is '{scheme}'; must be a small letter for each of the {self.lines} lines, such as xaxa"
            raise InputError(what, field="form.rhyme")
        alone = [letter for letter, count in Counter(scheme).items() if count == 1 and letter != FREE_LINE]
        if alone:
            raise InputError(f"is '{scheme}'; the line '{alone[0]}' has none to rhyme with", field="form.rhyme")
        if set(scheme) == {FREE_LINE}:
            raise InputError("has no line that rhymes; say null", field="form.rhyme")

    def _check_tones(self, tones: str) -> None:
        _check_known("tones", tones, (AUTO, *TONE_PATTERNS))
        odd = [length for length in self.characters if length not in TONE_LENGTHS]
        if self.lines != QUATRAIN or odd or not self.equal_lines:
            raise InputError(
                "are for four lines, all of five or all of seven characters; say form.lines=4 form.characters=[5] "
                "form.equal_lines=true, or form.tones=null",
                field="form.tones",
            )
        if self.rhyme not in (None, *SCHEMES):
            what = f"go with form.rhyme={' or '.join(SCHEMES)}, not {self.rhyme}"
            raise InputError(what, field="form.tones")
        if self.rhyme == "aaxa" and tones in ("ping", "ze"):
            what = f"'{tones}' ends its first line oblique, which form.rhyme=aaxa contradicts; say {tones}_rhymed"
            raise InputError(what, field="form.tones")

    def tone_levels(self, character: str) -> frozenset[bool | None]:
        """Whether a character may be level, oblique or neither (True, False, None), by the readings that count."""
        return frozenset(level for _, level in readings(character, first=self.tone_readings == "first"))

    def rhymes_of(self, character: str) -> frozenset[tuple[str, bool | None]]:
        """Rhyme groups of a character with their tones, by the readings that count."""
        known = readings(character, first=self.rhyme_readings == "first")
        return frozenset((group, level) for group, level in known if group is not None)

    @property
    def longest(self) -> int:
        """Characters of the longest line."""
        return self.characters[-1]

    def patterns(self) -> tuple[Pattern, ...]:
        """All ways of keeping to the form; a poem must keep to one of them throughout."""
        if self.tones is not None:
            names = TONE_PATTERNS if self.tones == AUTO else (self.tones,)
            if self.rhyme == "aaxa":
                names = tuple(name for name in names if name.endswith("_rhymed"))
            return tuple(
                regulated(name, length, free=self.free_tones, rhyme=self.rhyme)
                for length in self.characters
                for name in names
            )
        choices = [(length,) for length in self.characters] if self.equal_lines else [self.characters]
        return tuple(self._toneless(lengths) for lengths in choices)

    def _toneless(self, lengths: tuple[int, ...]) -> Pattern:
        scheme = self.rhyme or FREE_LINE * self.lines
        ends = tuple(LEVEL if self.level_rhyme and letter != FREE_LINE else ANY for letter in scheme)
        name = f"lines of {' or '.join(map(str, lengths))}"
        return Pattern(name, lengths, ((ANY,) * lengths[-1],) * self.lines, ends, scheme)


def _check_known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"'{value}' is unknown; choose {' or '.join(known)}", field=f"form.{name}")


def form_from(plain: Mapping[str, Any], *, lines: int) -> Form:
    """The form of a section ``form``.

    Args:
        plain: the section as plain data.
        lines: of the data's texts, where the section leaves them open.

    Returns:
        The form.

    Raises:
        InputError: as :class:`Form` does.
    """
    own = plain["lines"]
    return Form(**{**plain, "lines": lines if own is None else own, "characters": tuple(plain["characters"])})
