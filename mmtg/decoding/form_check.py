"""Tests a finished poem against a form, character by character: what reports and tests hold decoding against."""

from collections.abc import Iterator, Sequence

from mmtg.decoding.form_tables import is_character
from mmtg.decoding.forms import Form
from mmtg.decoding.tones import ANY, LEVEL, Pattern


def obeys(lines: Sequence[str], form: Form) -> list[str]:
    """What speaks against a poem.

    Args:
        lines: of the poem.
        form: that it should have.

    Returns:
        A reason for each fault; none if the poem keeps to the form. Where it fits no pattern, the faults against the
        pattern that it misses by least.
    """
    if len(lines) != form.lines:
        return [f"has {len(lines)} lines, not {form.lines}"]
    general = [*_strange(lines), *_repeated(lines, form)]
    particular = [[*_misfits(lines, pattern, form)] for pattern in form.patterns()]
    return general + min(particular, key=len)


def _strange(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        for character in line:
            if not is_character(character):
                yield f"line {number}: '{character}' is no Chinese character"


def _repeated(lines: Sequence[str], form: Form) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        before = {"any": "", "line": "", "text": "".join(lines[: number - 1])}[form.no_repeat]
        for place, character in enumerate(line):
            if form.no_repeat != "any" and character in before + line[:place]:
                yield f"line {number}: '{character}' comes again"


def _misfits(lines: Sequence[str], pattern: Pattern, form: Form) -> Iterator[str]:
    for number, line in enumerate(lines):
        if len(line) not in pattern.lengths:
            lengths = " or ".join(map(str, pattern.lengths))
            yield f"line {number + 1}: has {len(line)} characters, not {lengths}"
            continue
        asked = [*pattern.tones[number][: len(line) - 1], pattern.ends[number]]
        for place, (character, tone) in enumerate(zip(line, asked, strict=True), start=1):
            if tone != ANY and (tone == LEVEL) not in form.tone_levels(character):
                wanted = "level" if tone == LEVEL else "oblique"
                yield f"line {number + 1}: character {place} '{character}' is not {wanted} ({pattern.name})"
    yield from _unrhymed(lines, pattern, form)


def _unrhymed(lines: Sequence[str], pattern: Pattern, form: Form) -> Iterator[str]:
    for letter in sorted({x for line, x in enumerate(pattern.rhyme) if pattern.rhymes(line)}):
        numbers = [line for line, x in enumerate(pattern.rhyme) if x == letter]
        ends = [lines[line][-1:] for line in numbers]
        shown = f"lines {' '.join(str(line + 1) for line in numbers)}: {' '.join(ends)}"
        if len({*ends}) < len(ends):
            yield f"{shown} repeat a rhyme"
        groups = [_groups(end, pattern.ends[line], form) for end, line in zip(ends, numbers, strict=True)]
        if not frozenset.intersection(*groups):
            yield f"{shown} do not rhyme"


def _groups(character: str, tone: int, form: Form) -> frozenset[str]:
    """Rhyme groups of those readings that have the tone."""
    if not character:
        return frozenset()
    known = form.rhymes_of(character)
    return frozenset(group for group, level in known if tone == ANY or level is (tone == LEVEL))
