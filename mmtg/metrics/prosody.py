"""Rhyme, and the tone rules of regulated verse."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from mmtg.metrics.base import ABSENT, ItemMetric
from mmtg.metrics.pronunciation import level_tones, rhyme_of
from mmtg.metrics.text import Item

CONTEXT = 2
"""Characters at the end of a line from which its last one is read."""
LENGTHS = (5, 7)
"""Characters in a line of regulated verse."""


def rhyme_rate(lines: Sequence[str]) -> float | None:
    """Share of the pairs of even lines whose ends rhyme.

    Args:
        lines: of a text; empty ones are left out.

    Returns:
        0 to 1; None if there is no pair. A character does not rhyme with itself.
    """
    ends = [line[-CONTEXT:] for line in lines[1::2] if line]
    pairs = [_rhymes(one, other) for one, other in combinations(ends, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def _rhymes(one: str, other: str) -> bool:
    group = rhyme_of(one)
    return group is not None and one[-1] != other[-1] and group == rhyme_of(other)


def tone_regularity(lines: Sequence[str]) -> float | None:
    """Share of the tone rules of regulated verse that a text keeps.

    Within a line the tones of the second, fourth and sixth characters alternate; the second characters are opposed in
    the lines of a couplet and alike from one couplet to the next; even lines end level, odd ones after the first
    oblique. Modern tones stand for the old ones, so a character of the old entering tone may be taken for level.

    Args:
        lines: of a text.

    Returns:
        0 to 1, by chance about 0.5; None if the text has not the form: an even number of lines, at least four, all
        of five or all of seven characters. Rules that meet a neutral tone do not count.
    """
    if len(lines) < 4 or len(lines) % 2 or len({*map(len, lines)}) > 1 or len(lines[0]) not in LENGTHS:
        return None
    kept = [rule for rule in _rules([level_tones(line) for line in lines]) if rule is not None]
    return sum(kept) / len(kept) if kept else None


def _rules(levels: Sequence[Sequence[bool | None]]) -> Iterator[bool | None]:
    """Of each rule whether it is kept; None if that is not known."""
    for level in levels:
        yield from (_differ(one, other) for one, other in pairwise(level[1:-1:2]))
    for number, (one, other) in enumerate(pairwise(level[1] for level in levels)):
        differ = _differ(one, other)
        yield differ if number % 2 == 0 or differ is None else not differ
    for number, level in enumerate(levels[1:], start=1):
        yield level[-1] if number % 2 or level[-1] is None else not level[-1]


def _differ(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one is not other


class _LinesMetric(ItemMetric):
    """Mean over experiences of the mean over those hypotheses that have a value."""

    def of_lines(self, lines: Sequence[str]) -> float | None:
        """The value of one text."""
        raise NotImplementedError

    def row(self, item: Item) -> Sequence[float]:
        """Mean over the hypotheses that have a value; texts of words have none."""
        texts = [text for text in item.hypotheses if isinstance(text.tokens, str)]
        found = [value for text in texts if (value := self.of_lines(text.lines)) is not None]
        return (sum(found) / len(found), 1.0) if found else ABSENT


class RhymeRate(_LinesMetric):
    """Mean :func:`rhyme_rate`."""

    def of_lines(self, lines: Sequence[str]) -> float | None:
        """Rhyme of one text, 0 to 1."""
        return rhyme_rate(lines)


class ToneRegularity(_LinesMetric):
    """Mean :func:`tone_regularity`; absent for texts that have not the form."""

    def of_lines(self, lines: Sequence[str]) -> float | None:
        """Regularity of one text, 0 to 1."""
        return tone_regularity(lines)
