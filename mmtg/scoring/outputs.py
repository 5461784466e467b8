"""What a system wrote, as the metrics see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmtg.metrics.registry import ORDER_METRICS
from mmtg.metrics.text import Item


@dataclass(frozen=True)
class Outputs:
    """The texts of one system.

    Attributes:
        name: of the file or run directory; the key in what ``task=score`` writes.
        file: the file itself, to name in messages.
        ids: [N] of the experiences; texts of other systems for the same experience have the same id.
        items: [N] texts and references.
        records: [N] the records of ``samples.jsonl``; empty for text files.
        reordered: [N] greedy texts of each experience's permutations, with that of the experience itself as reference;
            empty where there are none.
    """

    name: str
    file: Path
    ids: tuple[str, ...]
    items: Sequence[Item]
    records: Sequence[Mapping[str, Any]] = ()
    reordered: Sequence[Item] = ()

    def of(self, metric: str) -> Sequence[Item]:
        """The items that a metric is about: [N], or none."""
        return self.reordered if metric in ORDER_METRICS else self.items
