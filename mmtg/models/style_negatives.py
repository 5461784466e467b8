"""What the discriminators are to tell from a poem to its picture (img2poem reference, section 1.6).

The paper's paragraphs come from a corpus that is not ours to ship; a poem's lines merged to prose stand for them. Draws
are torch's, so a generator or torch's own state decides them. A line is a list of token ids without its break.
"""

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

Line = Sequence[int]
Lines = Sequence[Line]


def disordered(texts: Sequence[Lines], pool: Lines, generator: torch.Generator | None = None) -> list[list[Line]]:
    """Texts of lines that do not belong together: as many as each given text has, drawn from a pool.

    A text of one line is disordered by name only; give texts of two lines or more.

    Args:
        texts: give the numbers of lines.
        pool: the lines of many poems; no line of it is drawn twice for one text unless it has too few.
        generator: decides the draws; torch's own if not given.

    Returns:
        A text for each.
    """
    return [[pool[i] for i in _places(len(pool), len(text), generator)] for text in texts]


def _places(pool: int, count: int, generator: torch.Generator | None) -> list[int]:
    """Places in a pool, all different if it has so many."""
    weights = torch.ones(pool)
    return torch.multinomial(weights, count, replacement=count > pool, generator=generator).tolist() if count else []


def paragraphic(texts: Sequence[Lines]) -> list[list[Line]]:
    """Each text's lines merged to prose, which has no line breaks: one line."""
    return [[[token for line in text for token in line]] for text in texts]


def unpaired(count: int, keys: Sequence[Hashable], generator: torch.Generator | None = None) -> Tensor:
    """For each text another one whose poem is not the same, all such with equal chances.

    Args:
        count: of the texts that need one: the first so many.
        keys: what tells the poems of all texts apart, for instance their tokens as a tuple.
        generator: decides the draws; torch's own if not given.

    Returns:
        int64 [count], numbers of texts; -1 for a text whose poem all texts have. Leave those out of the loss.
    """
    numbers: dict[Hashable, int] = {}
    poems = torch.tensor([numbers.setdefault(key, len(numbers)) for key in keys])  # [all texts]
    others = (poems[:count, None] != poems).float()  # [count, all texts]
    lonely = others.sum(dim=1) == 0
    others[lonely] = 1  # any; it is not used
    drawn = torch.multinomial(others, 1, generator=generator).squeeze(1)
    return drawn.masked_fill(lonely, -1)
