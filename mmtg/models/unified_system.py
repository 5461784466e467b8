"""The unified transformer in training (generate-it reference, sections 1 and 2): pictures to lines, lines to pictures.

Letters of shapes: B experiences, T steps, G cells of a picture, C = T * G, R tokens of the lines, W vector width.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmtg.data.cells import OpenedCells
from mmtg.data.module import ExperienceDataset
from mmtg.data.pictured import PicturedBatch, PicturedDataset
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.post import PostTokens
from mmtg.data.prompt_layout import prompt_layout
from mmtg.decoding.texts import side_by_side
from mmtg.encoders.base import CellEncoder, unit
from mmtg.errors import InputError
from mmtg.models.loss import Loss
from mmtg.models.system import Parts, System
from mmtg.models.unified_both import BothWays
from mmtg.models.unified_critical import CaptionRewards, written_loss
from mmtg.models.unified_figures import Painted, diversity_figures, painted, painted_figures
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_lines import LineRules, written_lines
from mmtg.models.unified_objectives import SPANS, Predictions
from mmtg.models.unified_pictures import WholePictures
from mmtg.models.unified_settings import (
    CLIP,
    PAINT,
    TASKS,
    WRITE,
    SequenceLevel,
    TokenLevel,
    check_settings,
    unified_network,
)
from mmtg.models.unified_soft import painted_loss
from mmtg.models.unified_texts import Texts
from mmtg.randomness import Chance


class UnifiedSystem(System):
    """One network, or one for each direction, that takes turns at its tasks, one an optimizer step.

    Args:
        parts: see :class:`Parts`.
        plain: see :class:`System`.
        name: in reports.
        pretrained: must be None.
        shared: whether one network has both directions.
        tasks: of the optimizer steps in turn.
        features: one of FEATURES.
        grid: cells a side of a picture; 1: the vectors of whole pictures that the data have.
        vector_width: of a cell's vector.
        picture_width: of a picture's, where the encoder makes it of cells.
        token_level: see :class:`TokenLevel`.
        sequence_level: see :class:`SequenceLevel`.
        iterations: of mask-predict.
        text_tokens: most tokens of a topic.
        bound_lines: whether texts are held to their number of lines, and they to their length.
        writes_unknown: whether the unknown token may be written.
        **network: what else ``unified_network`` takes.

    Raises:
        InputError: the settings contradict each other.
    """

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        pretrained: str | None,
        shared: bool,
        tasks: Sequence[str],
        features: str,
        grid: int,
        vector_width: int,
        picture_width: int | None,
        token_level: dict[str, Any],
        sequence_level: dict[str, Any],
        iterations: int,
        text_tokens: int,
        bound_lines: bool,
        writes_unknown: bool,
        **network: Any,
    ) -> None:
        super().__init__(parts, plain)
        rule = TokenLevel(**token_level)
        check_settings(pretrained, tasks, features, rule)
        self.name, self.tasks, self.grid = name, tuple(tasks), grid
        self.sequence_level = SequenceLevel(**sequence_level)
        self.bound_lines, self.writes_unknown = bound_lines, writes_unknown
        self.tokens = PostTokens(self.vocabulary, text=text_tokens, reply=text_tokens)
        network |= {"grid": grid, "vector_width": vector_width, "topic_tokens": text_tokens}
        network |= {"vocabulary": self.vocabulary, "layout": parts.layout}
        network["slots"] = rule.predicts == SPANS
        directions = (WRITE,) if shared else (WRITE, PAINT)
        self.model = BothWays(
            {direction: unified_network(**network) for direction in directions},
            features=features,
            token_level=rule,
            iterations=iterations,
            mask=self.vocabulary.mask,
            whole=WholePictures(vector_width, picture_width),
            unlikely=rule.unlikely(self.vocabulary),
        )
        self.encoder: CellEncoder | None = None  # of the cells of pictures that are given anew
        self.rewards: CaptionRewards | None = None  # of texts, where whole ones are learnt from
        self.seed = 0  # of what is drawn in training
        self._painted: list[Painted] = []

    @property
    def vocabulary(self) -> PostVocabulary:
        """Characters or WordPieces, with start, line break, end and mask."""
        assert isinstance(self.layout.vocabulary, PostVocabulary)
        return self.layout.vocabulary

    @property
    def texts_in(self) -> Texts:
        """How lines make texts."""
        return self.model.network(WRITE).words.texts

    @property
    def directions(self) -> tuple[str, ...]:
        """What is learnt: WRITE, PAINT or both."""
        return tuple(dict.fromkeys(TASKS[task] for task in self.tasks))

    def scene(self, batch: Any, *, positive_from: int | None = None) -> Scene:
        """The batch's experiences with their cells' vectors; without those that are rated lower."""
        assert isinstance(batch, PicturedBatch)
        seen = batch.pictures if batch.pictures.dim() == 4 else batch.pictures[:, :, None]  # [B, T, G, W]
        present = batch.image_present[..., None].expand(seen.shape[:3])
        cells = seen if self.grid > 1 else unit(seen)  # pictures' vectors may be of any length; missing ones are zeros
        lines, words = batch.reply, self.vocabulary
        if self.texts_in.slot is not None:
            lines = self.texts_in.in_slots(lines, end=words.end, pad=words.pad)
        scene = Scene(batch.topic_words, lines, cells.flatten(1, 2), present.flatten(1))
        if positive_from is None:
            return scene
        return scene.select(self._counted(batch, positive_from))

    def _counted(self, batch: Any, positive_from: int) -> Tensor:
        """Rows of the experiences that count."""
        rows: Tensor = (batch.rating >= positive_from).nonzero().flatten()
        return rows

    def training_loss(self, batch: Any, *, positive_from: int) -> Loss:
        """What the step's task learns from."""
        task, counted = self.tasks[self.global_step % len(self.tasks)], self._counted(batch, positive_from)
        scene, items = self.scene(batch).select(counted), batch.index[counted].tolist()
        chance = Chance(self.seed, self.current_epoch, items)
        if task == "rl_i2t":
            loss = self._criticised(scene, chance)
        elif task == "rl_t2i":
            rule, steps = self.sequence_level, self.layout.steps
            loss = painted_loss(self.model, scene, batch.heard[counted], rule, steps, chance)
        else:
            found = self.model.predictions(scene, TASKS[task], chance)
            loss = Loss(found.mean(), self._parts(found, TASKS[task]), items=len(found))
        loss.total = loss.total + self._untouched()
        return loss

    def _criticised(self, scene: Scene, chance: Chance) -> Loss:
        """What is learnt from whole texts, held against all true ones."""
        assert self.rewards is not None
        train: ExperienceDataset = self.trainer.datamodule.sets["train"]  # type: ignore[attr-defined]
        true = [train.references(index) for index in chance.items]
        layout, rule = prompt_layout(self.layout), self.sequence_level
        loss = written_loss(
            self.model,
            scene,
            true,
            self.rewards,
            self.vocabulary,
            chance=chance,
            length=layout.lines * (layout.line_tokens + 1),
            temperature=rule.draw_temperature,
        )
        loss.total = rule.reward_weight * loss.total
        return loss

    def on_fit_start(self) -> None:
        """Takes the seed, counts the training set's n-grams, and sees that there is what pictures are held against.

        Raises:
            InputError: there is no encoder of lines.
        """
        module: Any = getattr(self.trainer, "datamodule", None)
        self.seed = self.seed if module is None else module.seed
        if "rl_i2t" in self.tasks:
            train, least = module.sets["train"], self.schedule.evaluation_positive_from
            rows = [i for i, rating in enumerate(train.ratings.tolist()) if rating >= least]
            texts = (train.references(i) for i in rows)
            rule = self.sequence_level
            self.rewards = CaptionRewards(
                texts, module.unit, self.texts_in, whole_weight=rule.whole_weight, ends=rule.ends
            )
        if "rl_t2i" in self.tasks and self.sequence_level.paints_by == CLIP and not module.sets["train"].heard.size:
            what = (
                f"asks for rl_t2i, which by {CLIP} needs an encoder of lines; choose model.sequence_level.paints_by=mse"
            )
            raise InputError(what, field="model.tasks")

    def loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Sum of the means of all directions; in painting with all cells hidden.

        ``lm_loss``, ``token_loss`` and ``cell_loss`` are without label smoothing; ``token_loss`` counts the texts' own
        tokens alone, as for all systems.
        """
        scene = self.scene(batch, positive_from=positive_from)
        loss = Loss(torch.zeros((), device=self.device), {}, items=len(scene))
        for direction in self.directions:
            found = self.model.predictions(scene, direction, None)
            loss.total = loss.total + found.mean()
            loss.parts |= self._parts(found, direction)
        return loss

    def _parts(self, found: Predictions, direction: str) -> dict[str, tuple[Tensor, int]]:
        count = len(found)
        mean = found.nats.sum() / max(1, count)
        if direction == PAINT:
            return {"cell_loss": (mean, count), "cell_accuracy": (found.right.sum() / max(1, count), count)}
        own = ~torch.isin(found.labels, self.structure)
        written = int(own.sum())
        parts = {"lm_loss": (mean, count), "token_loss": ((found.nats * own).sum() / max(1, written), written)}
        if found.unlikely is not None:
            parts["unlikelihood_loss"] = (found.unlikely.sum() / max(1, count), count)
        return parts

    def _untouched(self) -> Tensor:
        """Zero that depends on all weights, which every process must hear of in every step whatever its task."""
        zero = torch.zeros((), device=self.device)
        return sum((0.0 * weight.sum() for weight in self.model.parameters()), zero)

    def writer(self, batch: Any) -> Scene:  # type: ignore[override]
        """What lines are written to."""
        return self.model.seen(self.scene(batch), WRITE)

    def texts(self, batch: Any, names: list[str], *, numbers: list[int] | None = None) -> list[list[list[str]]]:
        """For each item its samples, each a list of lines; see :class:`mmtg.models.system.System`."""
        wanted, scene = list(range(self.decoding.samples)) if numbers is None else numbers, self.writer(batch)
        rules = LineRules(
            words=self.vocabulary,
            layout=prompt_layout(self.layout),
            decoding=self.decoding,
            bound=self.bound_lines,
            writes_unknown=self.writes_unknown,
        )
        return side_by_side(
            lambda rows, texts: written_lines(self.model, scene.select(rows.to(scene.device)), rules, texts),
            names,
            wanted,
            batch_size=self.decoding.batch_size,
        )

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Writes to pictures, and paints to lines."""
        super().test_step(batch, batch_idx)
        if PAINT not in self.directions:
            return
        with torch.autocast(self.device.type, enabled=False):  # as texts, which do not depend on training's precision
            self._painted += painted(self.model, self.scene(batch), batch.index.tolist(), self.layout.steps)

    def own_figures(self) -> dict[str, float]:
        """Of painted cells and pictures, and of how several texts differ; see ``unified_figures``."""
        painted_all, self._painted = self._gather(self._painted), []
        encoder = None if self.relevance is None else self.relevance.encoder
        figures = painted_figures(painted_all, self.samples, encoder, lines_per_step=self.layout.lines_per_step)
        return figures | (diversity_figures(self.samples) if self.texts_in.restart else {})

    def dataset(self, split: Any, experiences: Any) -> ExperienceDataset:
        """Experiences as its input, their cells encoded when asked for; where a picture is one, as the data have it."""
        if self.grid > 1 and self.encoder is None:
            raise InputError(f"is {self.grid}, which needs an encoder that sees cells of pictures", field="model.grid")
        cells = OpenedCells(experiences, self.encoder, self.grid) if self.grid > 1 and self.encoder else None
        return PicturedDataset(split, self.layout, self.tokens, cells)

    def on_test_start(self) -> None:
        """Refuses what cannot be done to cells.

        Raises:
            InputError: inputs are left out otherwise than by masking them.
        """
        change = self.perturbation
        if change is not None and change.drop and change.fill != "missing":
            raise InputError(f"must be missing for model={self.name}", field="perturb.fill")
