"""Soft labels of answer classes, as those of VQA v2.0."""

from collections import Counter
from collections.abc import Iterable

SOFT_LABELS = (0.0, 0.3, 0.6, 0.9, 1.0)
"""By how many annotators gave an answer; the last holds for more, too."""


def soft_labels(votes: Iterable[int]) -> dict[int, float]:
    """How right each answer is.

    Args:
        votes: the answer class of each annotator.

    Returns:
        Answer class -> soft label, for the classes that have votes.
    """
    return {answer: SOFT_LABELS[min(count, len(SOFT_LABELS) - 1)] for answer, count in Counter(votes).items()}
