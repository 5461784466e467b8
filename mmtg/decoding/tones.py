"""The tone patterns of regulated quatrains, and what else a form may fix for every character.

Source: Wang Li, *Shici gelü* (1977), chapter 2: four lines, called a, A, b and B, make four quatrains. A line of seven
characters is one of five behind two characters of the opposed tones.
"""

from dataclasses import dataclass

ANY, LEVEL, OBLIQUE = range(3)
"""What a place asks of its character's tone."""

FREE_LINE = "x"
"""In a rhyme scheme, a line that need not rhyme."""

_LINES = {"a": "zzppz", "A": "ppzzp", "b": "pppzz", "B": "zzzpp"}  # p level, z oblique
_BEFORE = {"a": "pp", "A": "zz", "b": "zz", "B": "pp"}
_QUATRAINS = {
    5: {"ze": "aAbB", "ze_rhymed": "BAbB", "ping": "bBaA", "ping_rhymed": "ABaA"},
    7: {"ze": "bBaA", "ze_rhymed": "ABaA", "ping": "aAbB", "ping_rhymed": "BAbB"},
}
TONE_LENGTHS = tuple(_QUATRAINS)
TONE_PATTERNS = tuple(_QUATRAINS[5])
"""Named by the tone of the first line's second character; _rhymed: the first line rhymes too."""

FREEDOMS = ("odd", "textbook")
_ODD = {5: (0, 2), 7: (0, 2, 4)}
_TEXTBOOK = {5: {"a": (0,), "A": (), "b": (0,), "B": (0,)}, 7: {"a": (0, 2), "A": (0,), "b": (0, 2), "B": (0, 2)}}


@dataclass(frozen=True)
class Pattern:
    """One way of keeping to a form.

    Attributes:
        name: for messages.
        lengths: how many characters a line may have, in rising order.
        tones: per line, what each character's tone must be: ANY, LEVEL or OBLIQUE; lines as long as the longest.
        ends: per line, what the last character's tone must be.
        rhyme: a letter per line; equal letters rhyme, ``x`` is free.
    """

    name: str
    lengths: tuple[int, ...]
    tones: tuple[tuple[int, ...], ...]
    ends: tuple[int, ...]
    rhyme: str

    def rhymes(self, line: int) -> bool:
        """Whether a line must rhyme."""
        return self.rhyme[line] != FREE_LINE


def line_tones(kind: str, length: int, free: str) -> tuple[int, ...]:
    """What the tones of a regulated line must be.

    Args:
        kind: a, A, b or B.
        length: 5 or 7.
        free: ``odd`` frees the characters 1, 3 (and 5), as the rule of thumb has it; ``textbook`` frees only those that
            Wang Li circles, which rules out a lone level tone and three level tones at the end.

    Returns:
        ANY, LEVEL or OBLIQUE for each character.
    """
    text = (_BEFORE[kind] if length == 7 else "") + _LINES[kind]
    open_places = _ODD[length] if free == "odd" else _TEXTBOOK[length][kind]
    return tuple(ANY if i in open_places else LEVEL if tone == "p" else OBLIQUE for i, tone in enumerate(text))


def regulated(name: str, length: int, *, free: str, rhyme: str | None) -> Pattern:
    """A regulated quatrain.

    Args:
        name: one of TONE_PATTERNS.
        length: characters of a line, 5 or 7.
        free: one of FREEDOMS.
        rhyme: scheme of four letters; None where nothing must rhyme.

    Returns:
        The pattern. If its first line ends level, and lines rhyme, it rhymes with the second.
    """
    tones = tuple(line_tones(kind, length, free) for kind in _QUATRAINS[length][name])
    scheme = rhyme or FREE_LINE * len(tones)
    if rhyme and name.endswith("_rhymed"):
        scheme = rhyme[1] + rhyme[1:]
    return Pattern(f"{name} of {length}", (length,), tones, tuple(line[-1] for line in tones), scheme)
