"""A form and a vocabulary as tensors: which characters serve at a place, and whether the form can be kept at all.

Letters of shapes: V vocabulary, M patterns, L lines, N characters of the longest line, A letters of the rhyme scheme,
G rhyme groups, C classes of characters, 3 tones (ANY, LEVEL, OBLIQUE).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.decoding.forms import Form
from mmtg.decoding.tones import ANY, FREE_LINE, LEVEL, OBLIQUE, Pattern
from mmtg.errors import InputError
from mmtg.metrics.pronunciation import RHYMES

TONES = (ANY, LEVEL, OBLIQUE)
_TONE_NAMES = {ANY: "Chinese", LEVEL: "level-tone", OBLIQUE: "oblique-tone"}
GROUPS = tuple(sorted({*RHYMES.values(), "zhi"}))
_IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x3FFFF), (0xF900, 0xFAFF))


def is_character(text: str) -> bool:
    """Whether a text is one Chinese character; punctuation, placeholders and special tokens are none."""
    return len(text) == 1 and any(low <= ord(text) <= high for low, high in _IDEOGRAPHS)


@dataclass(frozen=True)
class FormTables:
    """What decoding looks up; made by :func:`form_tables`."""

    plain: Tensor  # float32 [3, V], 1 where a character can have the tone
    rhyming: Tensor  # float32 [3 * G, V], 1 where a character can have the tone and be of the group at once
    tones: Tensor  # int64 [M, L, N], what each place asks for; ANY behind a pattern's longest line
    may_end: Tensor  # bool [M, N + 1], whether a line may end after so many characters
    longest: Tensor  # int64 [M], characters of the longest line
    letters: Tensor  # int64 [M, L], number of each line's rhyme letter; -1 where the line is free
    needed: Tensor  # bool [M, L + 1, A, 3], tones of the rhymes that a letter still needs, from each line on
    rest: Tensor  # int64 [M, L + 1], lines that must rhyme from each line on

    def to(self, device: torch.device | str) -> "FormTables":
        """The same on a device."""
        return FormTables(**{name: tensor.to(device) for name, tensor in vars(self).items()})

    def at_line(self, table: Tensor, line: Tensor) -> Tensor:
        """Of a table [M, L, ...] what concerns a line [B] of each text, the last if it has none left: [B, M, ...]."""
        return table[:, line.clamp(max=table.shape[1] - 1)].transpose(0, 1)

    def reads(self, ids: Tensor) -> Tensor:
        """Tones and groups of characters [B]: float [B, 3, G]."""
        return self.rhyming[:, ids].T.unflatten(1, (len(TONES), len(GROUPS)))

    def groups_of(self, ids: Tensor, tone: Tensor) -> Tensor:
        """Groups that characters [B] have with the tones [B, M]: bool [B, M, G]."""
        reads = self.reads(ids)
        return reads.gather(1, tone[..., None].expand(-1, -1, reads.shape[2])) > 0

    def spare(self, unused: Tensor, rest: Tensor, needed: Tensor) -> Tensor:
        """How many characters each group has beyond the lines that must still rhyme.

        A letter that needs no more rhymes has them without end. Where a group has none too few, whichever characters
        of it are taken for the remaining lines, there is one left for each.

        Args:
            unused: float [B, 3, G] characters that may still stand at an end.
            rest: int64 [B, M] lines that must still rhyme.
            needed: bool [B, M, A, 3] tones that each letter still needs.

        Returns:
            float [B, M, A, G].
        """
        beyond = unused[:, None] - rest[:, :, None, None]  # [B, M, 3, G]
        asked = beyond[:, :, None].masked_fill(~needed[..., None], torch.inf)  # [B, M, A, 3, G]
        return asked.amin(dim=3)


def form_tables(form: Form, texts: Sequence[str], *, forbidden: Collection[int], rows: int) -> FormTables:
    """Tables of a form over a vocabulary.

    Args:
        form: what is to be kept.
        texts: text of each token, by id.
        forbidden: ids that may not be written although they are Chinese characters.
        rows: V; at least as many as there are texts.

    Returns:
        The tables, with those patterns alone that the vocabulary can serve.

    Raises:
        InputError: it can serve none, with the reason for the first.
    """
    plain, rhyming = _members(form, texts, forbidden, rows)
    patterns, reasons = [], []
    for pattern in form.patterns():
        reason = _lack(form, pattern, plain.sum(dim=1), rhyming.sum(dim=1))
        reasons.append(reason) if reason else patterns.append(pattern)
    if not patterns:
        raise InputError(f"cannot be kept with this vocabulary: {reasons[0]}", field="form")
    letters = sorted({letter for pattern in patterns for letter in pattern.rhyme} - {FREE_LINE}) or ["a"]
    return FormTables(
        plain=plain,
        rhyming=rhyming,
        tones=torch.tensor([_tones(form, pattern) for pattern in patterns]),
        may_end=torch.tensor([[n in pattern.lengths for n in range(form.longest + 1)] for pattern in patterns]),
        longest=torch.tensor([pattern.lengths[-1] for pattern in patterns]),
        letters=torch.tensor([[letters.index(x) if x in letters else -1 for x in p.rhyme] for p in patterns]),
        needed=torch.tensor([_needed(pattern, letters) for pattern in patterns]),
        rest=torch.tensor([_rest(pattern) for pattern in patterns]),
    )


def _members(form: Form, texts: Sequence[str], forbidden: Collection[int], rows: int) -> tuple[Tensor, Tensor]:
    """Which characters have which tone [3, V], and which tone and rhyme at once [3 * G, V]."""
    plain, rhyming = torch.zeros(len(TONES), rows), torch.zeros(len(TONES), len(GROUPS), rows)
    for i, text in enumerate(texts):
        if i in forbidden or not is_character(text):
            continue
        plain[ANY, i] = 1
        for level in form.tone_levels(text):
            plain[_served(level), i] = 1
        for group, level in form.rhymes_of(text):
            rhyming[_served(level), GROUPS.index(group), i] = 1
    return plain, (rhyming * plain[:, None]).flatten(0, 1)


def _served(level: bool | None) -> list[int]:
    """What a reading may stand for."""
    return [ANY] if level is None else [ANY, LEVEL if level else OBLIQUE]


def _lack(form: Form, pattern: Pattern, plain: Tensor, rhyming: Tensor) -> str | None:
    """What the vocabulary lacks for a pattern: it must have enough characters for any course a text may take."""
    count = pattern.lengths[-1]
    rests, tones = _rest(pattern)[0], {tone for line in pattern.tones for tone in line} | {*pattern.ends}
    places = {"any": 1, "line": count, "text": count * form.lines}[form.no_repeat]
    kept = 0 if form.no_repeat == "any" else rests * len({(a, t) for a, t in _rhymes(pattern)})
    for tone in sorted(tones):
        if plain[tone] < places + kept:
            return f"{pattern.name} need {places + kept} {_TONE_NAMES[tone]} characters, it has {int(plain[tone])}"
    counts = rhyming.reshape(len(TONES), -1)
    for letter in sorted({letter for letter, _ in _rhymes(pattern)}):
        asked = sorted({tone for other, tone in _rhymes(pattern) if other == letter})
        if counts[asked].amin(dim=0).max() < rests:
            what = " and ".join(_TONE_NAMES[tone] for tone in asked)
            return f"{pattern.name} need {rests} {what} characters that rhyme; no rhyme group has them"
    return None


def _rhymes(pattern: Pattern) -> list[tuple[str, int]]:
    """Letter and tone of each line that must rhyme."""
    return [(x, tone) for x, tone in zip(pattern.rhyme, pattern.ends, strict=True) if x != FREE_LINE]


def _rest(pattern: Pattern) -> list[int]:
    count = len(pattern.rhyme)
    return [sum(pattern.rhymes(line) for line in range(first, count)) for first in range(count + 1)]


def _needed(pattern: Pattern, letters: Sequence[str]) -> list[list[list[bool]]]:
    lines = list(zip(pattern.rhyme, pattern.ends, strict=True))
    return [[[(x, tone) in lines[first:] for tone in TONES] for x in letters] for first in range(len(lines) + 1)]


def _tones(form: Form, pattern: Pattern) -> list[list[int]]:
    """What each place asks for; a line's last place what its end asks for."""
    behind = [ANY] * (form.longest - pattern.lengths[-1])
    return [[*line[:-1], end, *behind] for line, end in zip(pattern.tones, pattern.ends, strict=True)]
