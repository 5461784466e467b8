"""What a system wrote, as the metrics see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """

    name: str
    file: Path
    ids: tuple[str, ...]
    items: Sequence[Item]
    records: Sequence[Mapping[str, Any]] = ()
