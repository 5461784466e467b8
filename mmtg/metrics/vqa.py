"""Accuracy of answers to questions (CroMIC-CMT reference, section 7)."""

from collections.abc import Mapping, Sequence
from typing import Any

NAME = "vqa_accuracy"


def vqa_accuracy(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The mean soft label of the answers that were given, of all questions and of each kind; nothing without votes.

    Args:
        samples: with ``votes``, soft labels by answer; ``hypotheses``, lists of lines; perhaps ``kind``.

    Returns:
        Figures by name.
    """
    values: dict[str, list[float]] = {}
    for sample in samples:
        if not sample.get("votes"):
            continue
        own = [float(sample["votes"].get("".join(lines), 0.0)) for lines in sample["hypotheses"]]
        kind = "_".join(str(sample.get("kind", "")).replace("/", " ").split())
        for name in {NAME, f"{NAME}_{kind}" if kind else NAME}:
            values.setdefault(name, []).append(sum(own) / len(own))
    return {name: sum(found) / len(found) for name, found in values.items()}
