"""Converted or encoded stores as a source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmtg.artefacts import Artefacts
from mmtg.data.sources.base import SPLITS, Source
from mmtg.data.splits import Split, hold_out
from mmtg.data.store import ExperienceStore
from mmtg.data.token_table import open_token_table
from mmtg.data.vocabulary import Vocabulary, read_vocabulary
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError


@dataclass(kw_only=True)
class StoreSource(Source):
    """Stores made by ``task=convert`` or ``task=encode``: ROOT/train, ROOT/val, ROOT/test, or ROOT itself."""

    root: str
    val_share: float
    test_items: int
    token_table: str

    brings_vectors = True

    def identity(self) -> dict[str, Any]:
        """The content of the stores."""
        return {"kind": "store", "stores": {name: store.fingerprint for name, store in self._stores.items()}}

    @cached_property
    def _stores(self) -> dict[str, ExperienceStore]:
        root = Path(self.root)
        if not root.is_dir():
            raise InputError("no such folder", file=root, field="data.root")
        if (root / "store.json").is_file():
            return {"train": ExperienceStore.open(root)}
        found = {name: ExperienceStore.open(root / name) for name in SPLITS if (root / name).is_dir()}
        if "train" not in found:
            raise InputError(
                "holds neither a store nor a folder 'train'; make one with task=convert",
                file=root,
                field="data.root",
            )
        return found

    def splits(self, encoder: Encoder | None, artefacts: Artefacts) -> dict[str, Split]:
        """The splits; what is missing is held out of train."""
        for store in self._stores.values():
            if (store.steps, store.lines_per_step) != (self.steps, self.lines_per_step):
                raise InputError(
                    f"has {store.steps} steps of {store.lines_per_step} lines, but data.steps is {self.steps} and "
                    f"data.lines_per_step is {self.lines_per_step}",
                    file=self.root,
                )
        return hold_out(self._stores, val_share=self.val_share, test_items=self.test_items)

    def make_vocabulary(self, splits: Mapping[str, Split], artefacts: Artefacts) -> Vocabulary:
        """The vocabulary that the configuration names, else ROOT/vocab.txt, else one of the data's characters."""
        beside = Path(self.root) / "vocab.txt"
        if self.vocabulary == "auto" and beside.is_file():
            return read_vocabulary(beside, keep_spaces=self.keep_spaces)
        return super().make_vocabulary(splits, artefacts)

    def make_token_table(
        self, vocabulary: Vocabulary, encoder: Encoder | None, artefacts: Artefacts, width: int
    ) -> np.ndarray:
        """The converted table, else random unit vectors; float32 [V, W]."""
        path = Path(self.root) / "token_table" if self.token_table == "auto" else Path(self.token_table)
        if self.token_table == "auto" and not path.is_dir():
            return super().make_token_table(vocabulary, None, artefacts, width)
        table = open_token_table(path)
        if table.shape != (len(vocabulary), width):
            raise InputError(
                f"is {table.shape[0]} x {table.shape[1]}, but the vocabulary has {len(vocabulary)} tokens "
                f"(data.vocabulary; put vocab.txt beside it) and the vectors are {width} wide",
                file=path,
                field="data.token_table",
            )
        return table
