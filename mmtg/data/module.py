"""Experiences and poems to batches."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset

from mmtg.curriculum import Schedule
from mmtg.curriculum.dealt import DealtBatches
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.data import slots_batch
from mmtg.data.batch import Batch, PoemBatch
from mmtg.data.layout import IGNORE, Layout, SlotsLayout
from mmtg.data.splits import Poems, Split
from mmtg.errors import InputError
from mmtg.units import CHARACTERS


class ExperienceDataset(Dataset[Batch]):
    """Experiences of a split as model input, a batch at a time.

    Args:
        split: experiences of a store.
        layout: places the tokens.
        heard: [N, T, W] what each step's lines sound like to the encoder; None if not known.
    """

    def __init__(self, split: Split, layout: Layout, heard: np.ndarray | None = None) -> None:
        self.split, self.layout, self.ratings = split, layout, split.ratings
        self.heard = _silence(len(split)) if heard is None else heard
        self.epoch = 0  # of training; what is drawn anew in each follows from it

    def __len__(self) -> int:
        return len(self.split)

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """The batch of some experiences; one gather of vectors for all."""
        chosen, store = np.asarray(indices, np.int64), self.split.store
        places, count, steps = self.split.places[chosen], len(chosen), store.steps
        topics, lines = store.texts(places)
        numbers = store.numbers(places)
        # all topics, then all pictures, then all texts: the three are parts of what is gathered, and not copied
        parts = [numbers[:, 0], numbers[:, 1 : 1 + steps], numbers[:, 1 + steps :]]
        vectors = torch.from_numpy(store.vectors(np.concatenate([part.reshape(-1) for part in parts])))
        topic, pictures, heard = vectors.split([part.size for part in parts])
        return Batch(
            **text_tensors(indices, topics, self.told(indices, lines), self.layout),
            topic_vector=topic,
            image_vectors=pictures.view(count, steps, -1),
            text_vectors=heard.view(count, steps, -1),
            image_present=torch.from_numpy(parts[1] >= 0),
            text_present=torch.from_numpy(parts[2] >= 0),
            rating=torch.from_numpy(self.ratings[chosen].astype(np.int64)),
            heard=torch.from_numpy(self.heard[chosen]),
        )

    def told(self, indices: Sequence[int], lines: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
        """The lines that are shown of B experiences.

        Args:
            indices: of the experiences.
            lines: all that they have.

        Returns:
            [B] lines.
        """
        return lines

    def references(self, index: int) -> list[tuple[str, ...]]:
        """The true texts of an experience, each its lines; none if they are not known."""
        lines = self.split[index].lines
        return [lines] if lines else []

    def sample(self, index: int) -> dict[str, Any]:
        """What is known of an experience beside its texts: id, topic, reference, plan."""
        row = self.split[index]
        known: dict[str, Any] = {"id": row.id, "topic": row.topic, "reference": list(row.lines or ())}
        if row.plan:
            known["plan"] = [list(concepts) for concepts in row.plan]
        if row.scores:
            known["scores"] = [{name: list(given) for name, given in vars(step).items()} for step in row.scores]
        return known


class PoemDataset(Dataset[PoemBatch]):
    """Poems as decoder input, a batch at a time.

    Args:
        poems: the records; those of a batch are read when it is asked for.
        layout: places the tokens.
        heard: [N, T, W] what each step's lines sound like to the encoder; None for nothing.
    """

    def __init__(self, poems: Poems, layout: Layout, heard: np.ndarray | None = None) -> None:
        self.poems, self.layout = poems, layout
        self.heard = _silence(len(poems)) if heard is None else heard

    def __len__(self) -> int:
        return len(self.poems)

    def __getitems__(self, indices: Sequence[int]) -> PoemBatch:
        """The batch of some poems."""
        rows = [self.poems[i] for i in indices]
        tokens = text_tensors(indices, [row.topic for row in rows], [row.lines for row in rows], self.layout)
        return PoemBatch(**tokens, heard=torch.from_numpy(self.heard[list(indices)]))

    def sample(self, index: int) -> dict[str, Any]:
        """A poem's id, topic and lines."""
        poem = self.poems[index]
        return {"id": poem.id, "topic": poem.topic, "reference": list(poem.lines)}


def _silence(count: int) -> np.ndarray:
    return np.zeros((count, 0, 0), np.float32)


def text_tensors(
    indices: Sequence[int], topics: Sequence[str], lines: Sequence[Sequence[str]], layout: Layout
) -> dict[str, torch.Tensor]:
    """Fields of :class:`TextBatch` for B topics and texts."""
    if slots_batch.fits(layout) and len(topics):
        arrays = slots_batch.slots_arrays(topics, lines, cast(SlotsLayout, layout))
        return {"index": torch.tensor(list(indices)), **{name: torch.from_numpy(a) for name, a in arrays.items()}}
    prompts = [layout.encode_topic(topic) for topic in topics]
    targets = [layout.encode_lines(text) for text in lines]
    pad = layout.vocabulary.pad
    return {
        "index": torch.tensor(list(indices)),
        "topic_ids": stacked([t.ids for t in prompts], pad),
        "topic_mask": stacked([t.mask for t in prompts], 0),
        "topic_types": stacked([t.types for t in prompts], 0),
        "targets": stacked([t.ids for t in targets], pad),
        "target_mask": stacked([t.mask for t in targets], 0),
        "target_types": stacked([t.types for t in targets], 0),
        "places": stacked([t.places for t in targets], 0),
        "labels": stacked([t.labels for t in targets], IGNORE),
    }


def stacked(rows: Sequence[np.ndarray | Sequence[int]], fill: int) -> torch.Tensor:
    """Rows [L_b] of ids as one tensor int64 [B, max L_b], filled up to the right."""
    whole = np.full((len(rows), max(map(len, rows), default=0)), fill, dtype=np.int64)
    for place, row in zip(whole, rows, strict=True):
        place[: len(row)] = row
    return torch.from_numpy(whole)


def as_it_is(batch: Any) -> Any:
    """The data sets above make whole batches; nothing is left to collate."""
    return batch


class Shares(torch.utils.data.Sampler[list[int]]):
    """Batches in order, each process every ``world_size``-th item: an exact partition, for validation and test.

    Args:
        count: number of items.
        batch_size: items in a batch of one process.
        rank: this process.
        world_size: number of processes.
    """

    def __init__(self, count: int, *, batch_size: int, rank: int, world_size: int) -> None:
        own = list(range(rank, count, world_size))
        self.batches = [own[i : i + batch_size] for i in range(0, len(own), batch_size)]

    def __iter__(self) -> Any:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


class TextDataModule(pl.LightningDataModule):
    """Loaders of the three splits.

    Args:
        sets: the data sets ``train``, ``val`` and ``test``.
        ratings: [N] of the training set; poems all have the same.
        schedule: which ratings are shown when.
        batch_size: training items in a batch over all processes.
        eval_batch_size: validation and test items in a batch of one process.
        workers: loader processes.
        nouns: of each concept, where plans are known.
        unit: what texts are counted in, ``characters`` or ``words``.
        seed: of the order.

    Raises:
        InputError: a split is empty.
    """

    def __init__(
        self,
        sets: Mapping[str, ExperienceDataset | PoemDataset],
        *,
        ratings: np.ndarray,
        schedule: Schedule,
        batch_size: int,
        eval_batch_size: int,
        workers: int,
        nouns: Mapping[str, Sequence[str]],
        unit: str = CHARACTERS,
        seed: int,
    ) -> None:
        super().__init__()
        self.sets = dict(sets)
        for name, items in self.sets.items():
            if not len(items):
                raise InputError("is empty", field=f"split {name}")
        self.ratings, self.schedule, self.nouns, self.unit = ratings, schedule, nouns, unit
        self.batch_size, self.eval_batch_size, self.workers, self.seed = (
            batch_size,
            eval_batch_size,
            workers,
            seed,
        )
        self._place: dict[str, int] = {}

    def sampler(self, epoch: int, *, rank: int = 0, world_size: int = 1) -> DealtBatches:
        """The batches of a training epoch."""
        return CurriculumBatchSampler(
            self.ratings,
            self.schedule,
            batch_size=self.batch_size,
            seed=self.seed,
            epoch=epoch,
            rank=rank,
            world_size=world_size,
        )

    def steps(self, epochs: int, *, world_size: int = 1) -> list[int]:
        """Number of training batches in each epoch."""
        sampler = self.sampler(0, world_size=world_size)
        return [sampler.steps(epoch) for epoch in range(epochs)]

    def setup(self, stage: str) -> None:
        """Refuses, before training, splits that leave a process without items.

        Args:
            stage: fit, validate or test.

        Raises:
            InputError: naming the split.
        """
        assert self.trainer is not None
        processes = self.trainer.world_size
        for name in ("val", "test"):
            if len(self.sets[name]) < processes:
                raise InputError(f"has {len(self.sets[name])} items for {processes} processes", field=f"split {name}")

    def state_dict(self) -> dict[str, int]:
        """Where training is: the epoch, and how many of its batches have been trained on."""
        trainer = self.trainer
        assert trainer is not None
        progress: Any = trainer.fit_loop.epoch_loop.batch_progress.current
        return {"epoch": trainer.current_epoch, "batches": progress.processed}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Takes the place of a checkpoint, so that the next training loader goes on there."""
        self._place = dict(state_dict)

    def train_dataloader(self) -> DataLoader[Any]:
        """The loader of the trainer's current epoch, or of what a checkpoint has left of it."""
        trainer = self.trainer
        assert trainer is not None
        sampler = self.sampler(trainer.current_epoch, rank=trainer.global_rank, world_size=trainer.world_size)
        if self._place.get("epoch") == trainer.current_epoch:
            sampler.skip(self._place["batches"])
        self._place, train = {}, self.sets["train"]
        if isinstance(train, ExperienceDataset):
            train.epoch = trainer.current_epoch
        return self._loader("train", sampler)

    def val_dataloader(self) -> DataLoader[Any]:
        """All of validation, in order."""
        return self._loader("val", self._shares("val"))

    def test_dataloader(self) -> DataLoader[Any]:
        """All of test, in order."""
        return self._loader("test", self._shares("test"))

    def _shares(self, name: str) -> Shares:
        trainer = self.trainer
        assert trainer is not None
        return Shares(
            len(self.sets[name]),
            batch_size=self.eval_batch_size,
            rank=trainer.global_rank,
            world_size=trainer.world_size,
        )

    def _loader(self, name: str, sampler: torch.utils.data.Sampler[list[int]]) -> DataLoader[Any]:
        return DataLoader(
            self.sets[name],
            batch_sampler=sampler,
            collate_fn=as_it_is,
            num_workers=self.workers,
            persistent_workers=False,
            pin_memory=torch.cuda.is_available(),
            # of its own, so that validating more often does not change the dropout of later training steps
            generator=torch.Generator().manual_seed(self.seed),
        )

    def sample(self, split: str, index: int) -> Mapping[str, Any]:
        """What is known of an item of a split, for the sample file."""
        known = self.sets[split].sample(index)
        return known if self.unit == CHARACTERS else {**known, "unit": self.unit}
