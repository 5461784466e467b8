"""Poems kept on disk, memory-mapped, and what writes them in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from mmtg.data.hashes import Hashes
from mmtg.data.splits import Poem
from mmtg.data.store_writer import TABLE_FILE, TableWriter
from mmtg.data.table import Table

SPLITS = ("train", "val")
COLUMNS = ("id", "topic", "lines")


class PoemStore:
    """Poems of a table; those asked for are read from the mapped file.

    Args:
        rows: the table.
        places: N of its rows; None for all.
    """

    def __init__(self, rows: Table, places: Sequence[int] | None = None) -> None:
        self._rows, self._places = rows, range(len(rows)) if places is None else places

    @classmethod
    def open(cls, path: Path) -> PoemStore:
        """Open a table that :class:`PoemWriter` made."""
        return cls(Table(path / TABLE_FILE, COLUMNS))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Poem:
        row = self._rows.row(self._places[int(index)])
        return Poem(row["id"], row["topic"], tuple(row["lines"]))

    def __iter__(self) -> Iterator[Poem]:
        rows = map(self._rows.row, self._places) if len(self) < len(self._rows) else iter(self._rows)
        return (Poem(row["id"], row["topic"], tuple(row["lines"])) for row in rows)

    def spread(self, count: int) -> PoemStore:
        """So many of the poems, or all if there are fewer, evenly spread over them."""
        count = min(count, len(self))
        return PoemStore(self._rows, [self._places[i * len(self) // count] for i in range(count)])


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
        from datasets import Features, List, Value  # here, as nobody who only reads poems should wait for it

        features = Features({"id": Value("string"), "topic": Value("string"), "lines": List(Value("string"))})
        self._tables = {name: TableWriter(folder / name, features) for name in SPLITS}
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
