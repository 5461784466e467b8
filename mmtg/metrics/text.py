"""Texts as token sequences for the metrics."""

from collections.abc import Sequence

JOINT = "，"


def characters(lines: Sequence[str]) -> list[str]:
    """A text's characters, its lines joined by full-width commas, which are tokens like any other.

    As in the authors' files; the comma marks also stand where a line is empty, and are stripped at the end.
    """
    return list(JOINT.join(lines).rstrip(JOINT).strip())


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All n-grams in order; none if there are fewer than n tokens."""
    return list(zip(*(tokens[i:] for i in range(n)), strict=False))
