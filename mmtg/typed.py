"""Overrides as they were typed, or chosen by a sweeper."""

from collections.abc import Iterable


def pairs(overrides: Iterable[str]) -> list[tuple[str, str]]:
    """Keys and values of overrides.

    Args:
        overrides: such as ``+ablation=full``, ``seed=1``, ``~callbacks.samples``.

    Returns:
        For each its key without ``+`` or ``~``, and its value, "" where it has none.
    """
    parts = (word.lstrip("+~").partition("=") for word in overrides)
    return [(key, value) for key, _, value in parts]
