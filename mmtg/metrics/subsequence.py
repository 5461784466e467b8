"""Longest common subsequences, with the bits of whole numbers for a row of the usual table."""

from collections.abc import Sequence


def lcs_rows(reference: Sequence[str], hypothesis: Sequence[str]) -> list[int]:
    """Steps of the table of lengths, a row for each token of the reference (Hyyro, 2004).

    Args:
        reference: tokens.
        hypothesis: tokens.

    Returns:
        One number per prefix of the reference, the shortest first: its bit j is 0 where the hypothesis's first
        j + 1 tokens have a common subsequence longer by one than its first j.
    """
    places: dict[str, int] = {}
    for j, token in enumerate(hypothesis):
        places[token] = places.get(token, 0) | 1 << j
    full = (1 << len(hypothesis)) - 1
    rows, row = [], full
    for token in reference:
        met = row & places.get(token, 0)
        row = (row + met | row - met) & full
        rows.append(row)
    return rows


def lcs_length(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Tokens in the longest common subsequence."""
    rows = lcs_rows(reference, hypothesis)
    return len(hypothesis) - rows[-1].bit_count() if rows else 0


def lcs_tokens(reference: Sequence[str], hypothesis: Sequence[str]) -> list[str]:
    """One longest common subsequence, last token first, as the package ``rouge`` 1.0.1 traces it.

    From both ends: equal tokens are taken; else the reference loses its token if that leaves the longer common
    subsequence, and the hypothesis does if not (metric benchmark, definition 1.2).

    Args:
        reference: tokens.
        hypothesis: tokens.

    Returns:
        Its tokens.
    """
    rows = lcs_rows(reference, hypothesis)
    i, j, taken = len(reference), len(hypothesis), []
    while i and j:
        if reference[i - 1] == hypothesis[j - 1]:
            taken.append(reference[i - 1])
            i, j = i - 1, j - 1
        elif rows[i - 1] >> (j - 1) & 1:
            j -= 1
        else:
            i -= 1
    return taken
