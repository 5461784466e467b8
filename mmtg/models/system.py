"""What all systems share: optimizer, logging, and a test that writes texts. The models stand in files of their own."""

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torchmetrics import MeanMetric

from mmtg.curriculum import Schedule
from mmtg.data.batch import Batch
from mmtg.data.experience import Experience
from mmtg.data.layout import IGNORE, Layout, SlotsLayout
from mmtg.data.module import ExperienceDataset
from mmtg.data.perturb import Perturbation, permuted
from mmtg.data.splits import Split
from mmtg.decoding.ranking import Ranking
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.texts import decode_texts
from mmtg.decoding.writer import SlotWriter, Writer
from mmtg.errors import InputError
from mmtg.metrics.figures import concept_scores, score_figures, text_scores, unique_figure
from mmtg.metrics.named import TEXT_METRICS, Maker
from mmtg.metrics.picture_relevance import PictureRelevance
from mmtg.models.decoder import Decoder
from mmtg.models.loss import Loss
from mmtg.sharding import ShardedStrategy
from mmtg.stats.score import Score

COSINE = "cosine"
"""What ``optimizer.decay`` may say beside true and false."""


@dataclass(frozen=True, kw_only=True)
class OptimizerSettings:
    """AdamW with linear warm-up, and decay to 0 or none; see ``conf/optimizer``.

    Raises:
        InputError: ``decay`` is unknown.
    """

    learning_rate: float
    betas: tuple[float, float]
    eps: float
    weight_decay: float
    warmup_steps: int
    total_steps: int
    decay: bool | str = True  # False: constant after the warm-up; COSINE: half a wave in the place of a straight line

    def __post_init__(self) -> None:
        if self.decay not in (True, False, COSINE):
            raise InputError(f"'{self.decay}' is unknown; choose true, false or {COSINE}", field="optimizer.decay")

    def factor(self, step: int) -> float:
        """Share of the learning rate after ``step`` optimizer steps."""
        if step < self.warmup_steps:
            return step / max(1, self.warmup_steps)
        if not self.decay:
            return 1.0
        left = max(0.0, (self.total_steps - step) / max(1, self.total_steps - self.warmup_steps))
        return (1 - math.cos(math.pi * left)) / 2 if self.decay == COSINE else left


def adamw(
    weights: Any, settings: OptimizerSettings, factors: Callable[[int], float] | Sequence[Callable[[int], float]]
) -> dict[str, Any]:
    """What ``configure_optimizers`` of Lightning gives: AdamW, its learning rates set anew at every step.

    Args:
        weights: the trained ones, or groups of them.
        settings: of the optimizer.
        factors: share of the learning rate after so many steps; one for each group.

    Returns:
        Optimizer and schedule.
    """
    optimizer = torch.optim.AdamW(
        weights,
        lr=settings.learning_rate,
        betas=settings.betas,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factors)  # type: ignore[arg-type]
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a system is made of beside its own settings."""

    layout: Layout
    token_table: Tensor  # [V, W]
    schedule: Schedule
    optimizer: OptimizerSettings
    decoding: DecodingSettings
    keyword_vectors: Tensor | None = None  # [K, W], of a closed set that pictures are named from
    vector_width: int = 0  # W, of the vectors of topics, pictures and texts


class System(pl.LightningModule):
    """A model in training: subclasses say ``loss`` and ``writer``.

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data from which the system can be built again; kept in its checkpoints.
    """

    name: str  # in reports
    hears_vectors = True  # False: it looks at pictures and reads texts for itself
    writes_in_slots = False  # True: in any precision of ``conf/decoding``
    shardable = True  # False: its first process needs all weights after training (mmtg.sharding)
    structure: Tensor

    def __init__(self, parts: Parts, plain: dict[str, Any]) -> None:
        super().__init__()
        self.save_hyperparameters(plain, logger=False)
        self.layout, self.schedule = parts.layout, parts.schedule
        self.optimizer_settings, self.decoding = parts.optimizer, parts.decoding
        if not (self.writes_in_slots and isinstance(parts.layout, SlotsLayout)):
            parts.decoding.refuse_precision()
        vocabulary = parts.layout.vocabulary
        structure = [vocabulary.pad, vocabulary.start, vocabulary.eos, vocabulary.sep, IGNORE]
        self.register_buffer("structure", torch.tensor(structure), persistent=False)
        self.measures: Mapping[str, Maker] = TEXT_METRICS  # what a test computes of its texts
        self.relevance: PictureRelevance | None = None  # of texts to pictures, where a test has both and an encoder
        self.means = torch.nn.ModuleDict()  # running means of validation and test
        self.samples: list[dict[str, Any]] = []  # of the last test,
        self.scores: dict[str, Score] = {}  # and what its figures are made of, rows in the order of samples
        self.ranking: Ranking | None = None  # of candidate texts; whoever has an encoder and keywords puts it here
        self.perturbation: Perturbation | None = None  # of test experiences
        self._written: list[tuple[int, dict[str, Any]]] = []
        self._seconds = 0.0

    @property
    def decoder(self) -> Decoder | None:
        """The lyrics decoder, into which phase 1 puts its weights; None for systems without one."""
        return None

    @abstractmethod
    def loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Loss of a batch; ratings from ``positive_from`` upward are positive."""

    def training_loss(self, batch: Any, *, positive_from: int) -> Loss:
        """What training minimises; of some systems more than the loss that validation and test measure."""
        return self.loss(batch, positive_from=positive_from)

    @abstractmethod
    def writer(self, batch: Any) -> Writer | SlotWriter:
        """Ready to write texts for the batch's items."""

    def texts(self, batch: Any, names: list[str], *, numbers: list[int] | None = None) -> list[list[list[str]]]:
        """For each item of the batch its samples, each a list of lines.

        Args:
            batch: B items.
            names: their ids.
            numbers: which samples to draw; all that ``conf/decoding`` asks for if not given.

        Returns:
            [B] lists of texts.
        """
        return decode_texts(
            self.writer(batch), self.layout, self.decoding, names=names, device=batch.index.device, numbers=numbers
        )

    def dataset(self, split: Split, experiences: Sequence[Experience]) -> ExperienceDataset:
        """Experiences of a split as its input.

        Args:
            split: of a store.
            experiences: the same, with their pictures.

        Returns:
            The data set.
        """
        return ExperienceDataset(split, self.layout)

    def attention(self, batch: Any) -> list[list[list[float] | None]] | None:
        """For each item the weights of topic, picture and text at each step; None where the system has none.

        Args:
            batch: B items.

        Returns:
            [B] lists [T] of three weights, or of None where the step lacks its picture or text.
        """
        return None

    def notes(self, batch: Any) -> list[dict[str, Any]]:
        """What else samples tell of each item, such as the keywords it was written to."""
        return [{} for _ in range(len(batch))]

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of this process's share, weighted so that the mean over processes is the mean over the batch."""
        loss = self.training_loss(batch, positive_from=self.schedule.stage(self.current_epoch).positive_from)
        total, share = loss.total, loss.total * self._share(len(batch) if loss.items is None else loss.items)
        for value, items in loss.some:
            total, share = total + value, share + value * self._share(items)
        figures = {"train/loss": total, **{f"train/{k}": v for k, (v, n) in loss.parts.items() if n}}
        figures["train/lr"] = torch.tensor(self.optimizers().param_groups[0]["lr"])  # type: ignore[union-attr]
        figures["train/stage"] = torch.tensor(float(self.schedule.number(self.current_epoch)))
        self.log_dict({k: v.detach() for k, v in figures.items()}, batch_size=len(batch))
        return share

    def _share(self, items: int) -> float:
        """Items of this process over the mean number per process."""
        if self.trainer.world_size == 1:
            return 1.0
        total = self.trainer.strategy.reduce(torch.tensor(float(items), device=self.device), reduce_op="sum")
        return items * self.trainer.world_size / max(1.0, float(total))

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Adds to the means of ``val/``."""
        self._add("val", batch)

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/``."""
        self._log_means("val")

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Adds to the means of ``test/`` and writes texts."""
        self._add("test", batch)
        indices = batch.index.tolist()
        names = [self._sample(i)["id"] for i in indices]
        started = time.perf_counter()
        with torch.autocast(self.device.type, enabled=False):  # texts do not depend on the precision of training
            records = self._test_texts(batch, names)
        self._seconds += time.perf_counter() - started
        attention, notes = self.attention(batch), self.notes(batch)
        for i, record in enumerate(records):
            record.update(notes[i])
            if attention is not None:
                record["attention"] = attention[i]
            self._written.append((indices[i], record))

    def _test_texts(self, batch: Any, names: list[str]) -> list[dict[str, Any]]:
        """What is written for each item: ``hypotheses``; where steps are permuted also ``ordered`` and ``shuffled``."""
        change = self.perturbation
        if change is None or change.nothing:
            return [{"hypotheses": texts} for texts in self.texts(batch, names)]
        if not isinstance(batch, Batch):
            raise InputError(f"asks for experiences, but model={self.name} has none", field="perturb")
        if change.orders:
            return self._ordered(batch, names, change.orders)
        samples = range(self.decoding.samples)
        written = [self.texts(change.dropped(batch, names, n), names, numbers=[n]) for n in samples]
        return [{"hypotheses": [text for [text] in own]} for own in zip(*written, strict=True)]

    def _ordered(self, batch: Batch, names: list[str], orders: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
        """A text for the true order of the steps, and one for each of the others."""
        ordered = self.texts(batch, names, numbers=[0])
        others = [self.texts(permuted(batch, order), names, numbers=[0]) for order in orders]
        return [
            {"hypotheses": own, "ordered": own[0], "shuffled": [text for [text] in rows]}
            for own, rows in zip(ordered, zip(*others, strict=True), strict=True)
        ]

    def on_test_epoch_end(self) -> None:
        """Gathers what all processes wrote and computes every figure on all of it."""
        self._log_means("test")
        written = self._gather(self._written)
        seconds = sum(self._gather([self._seconds]))
        self._written, self._seconds = [], 0.0
        written.sort(key=lambda one: one[0])
        self.samples = [{**self._sample(i), **texts} for i, texts in written]
        self.scores = {**text_scores(self.samples, self.measures), **self._concept_scores()}
        if self.relevance is not None:
            self.scores |= self.relevance.scores([i for i, _ in written], self.samples)
        figures = {**score_figures(self.scores), **unique_figure(self.samples), **self.own_figures()}
        figures["seconds_per_sample"] = seconds / sum(len(texts["hypotheses"]) for _, texts in written)
        self.log_dict({f"test/{name}": value for name, value in figures.items()}, rank_zero_only=True)

    def own_figures(self) -> dict[str, float]:
        """Figures of the samples that this system alone has, by their names."""
        return {}

    def _concept_scores(self) -> dict[str, Score]:
        nouns = self.trainer.datamodule.nouns  # type: ignore[attr-defined]
        return concept_scores(self.samples, nouns, self.layout.lines_per_step)

    def _sample(self, index: int, split: str = "test") -> dict[str, Any]:
        return dict(self.trainer.datamodule.sample(split, index))  # type: ignore[attr-defined]

    def _gather(self, items: list[Any]) -> list[Any]:
        """The items of all processes."""
        if self.trainer.world_size == 1:
            return items
        lists: list[Any] = [None] * self.trainer.world_size
        torch.distributed.all_gather_object(lists, items)
        return [item for part in lists for item in part]

    def _add(self, stage: str, batch: Any) -> None:
        loss = self.loss(batch, positive_from=self.schedule.evaluation_positive_from)
        counted = len(batch) if loss.items is None else loss.items
        for name, (value, items) in {"loss": (loss.total, counted), **loss.parts}.items():
            key = f"{stage}/{name}"
            if key not in self.means:
                self.means[key] = MeanMetric().to(self.device)
            if items:
                self.means[key].update(value.detach(), items)  # type: ignore[operator]

    def _log_means(self, stage: str) -> None:
        for key, mean in self.means.items():
            if key.startswith(stage):
                value = mean.compute()  # type: ignore[operator]
                if mean.update_called or not torch.isnan(value):  # a figure of no items is absent
                    self.log(key, value, rank_zero_only=True)
                    if key.endswith("/token_loss"):
                        self.log(f"{stage}/perplexity", torch.exp(value), rank_zero_only=True)
                mean.reset()  # type: ignore[operator]

    def configure_model(self) -> None:
        """Cuts the weights into shards where the trainer's strategy does so (mmtg.sharding)."""
        if isinstance(self.trainer.strategy, ShardedStrategy):
            self.trainer.strategy.shard(self)

    @property
    def _ddp_params_and_buffers_to_ignore(self) -> list[str]:
        """Buffers never change; DDP would send them, the token table among them, from the first process every step."""
        return [name for name, _ in self.named_buffers()]

    def configure_optimizers(self) -> Any:
        """AdamW over all trained weights, with linear warm-up and decay at every step."""
        settings = self.optimizer_settings
        return adamw([p for p in self.parameters() if p.requires_grad], settings, settings.factor)
