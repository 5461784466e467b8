"""Poems kept on disk, memory-mapped, and what writes them in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from datasets import Dataset, Features, List, Value

from mmtg.data.hashes import Hashes
from mmtg.data.splits import Poem
from mmtg.data.store_writer import ROWS_AT_ONCE, TableWriter

SPLITS = ("train", "val")
FEATURES = Features({"id": Value("string"), "topic": Value("string"), "lines": List(Value("string"))})


class PoemStore:
    """Poems of a table; those asked for are read from the mapped file.

    Args:
        rows: the table.
    """

    def __init__(self, rows: Dataset) -> None:
        self._rows = rows

    @classmethod
    def open(cls, path: Path) -> PoemStore:
        """Open a table that :class:`PoemWriter` made."""
        return cls(Dataset.load_from_disk(path.absolute().as_posix(), keep_in_memory=False))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Poem:
        row = self._rows[int(index)]
        return Poem(row["id"], row["topic"], tuple(row["lines"]))

    def __iter__(self) -> Iterator[Poem]:
        for rows in self._rows.iter(batch_size=ROWS_AT_ONCE):
            for name, topic, lines in zip(rows["id"], rows["topic"], rows["lines"], strict=True):
                yield Poem(name, topic, tuple(lines))

    def spread(self, count: int) -> PoemStore:
        """So many of the poems, or all if there are fewer, evenly spread over them."""
        count = min(count, len(self))
        return PoemStore(self._rows.select([i * len(self) // count for i in range(count)]))


class PoemWriter:
    """Writes a table for each split, each text once; use it as a context manager.

    Args:
        folder: where the tables ``train`` and ``val`` are made.

    Attributes:
        counts (Counter[str]): how many poems each split has, and how many were ``duplicates``.
        characters (Counter[str]): how often each character stands in the topics and lines of ``train``.
    """

    def __init__(self, folder: Path) -> None:
        self.counts = Counter(dict.fromkeys((*SPLITS, "duplicates"), 0))
        self.characters: Counter[str] = Counter()
        self._seen = Hashes()
        self._tables = {name: TableWriter(folder / name, FEATURES) for name in SPLITS}
        self._cleanup = ExitStack()

    def __enter__(self) -> PoemWriter:
        for table in self._tables.values():
            self._cleanup.enter_context(table)
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def add(self, poem: Poem, split: str) -> None:
        """Add a poem to a split, unless its lines are in one already."""
        if not self._seen.add("\n".join(poem.lines)):
            self.counts["duplicates"] += 1
            return
        self.counts[split] += 1
        if split == "train":
            self.characters.update(poem.topic)
            for line in poem.lines:
                self.characters.update(line)
        self._tables[split].add({"id": poem.id, "topic": poem.topic, "lines": list(poem.lines)})

    def finish(self) -> None:
        """Write what is left."""
        for table in self._tables.values():
            table.finish()
