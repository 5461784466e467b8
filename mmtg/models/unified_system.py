"""The unified transformer in training (generate-it reference, sections 1 and 2): pictures to lines, lines to pictures.

Letters of shapes: B experiences, T steps, G cells of a picture, C = T * G, R tokens of the lines, W vector width.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.cells import OpenedCells
from mmtg.data.module import ExperienceDataset
from mmtg.data.pictured import PicturedBatch, PicturedDataset
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.post import PostTokens
from mmtg.data.prompt_layout import prompt_layout
from mmtg.decoding.mask_predict import Filled
from mmtg.decoding.stepwise import step_settings, write
from mmtg.decoding.texts import noise, side_by_side
from mmtg.encoders.base import CellEncoder, unit
from mmtg.errors import InputError
from mmtg.models.loss import Loss
from mmtg.models.system import Parts, System
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import (
    CAUSAL,
    SINGLE,
    Predictions,
    drawn_places,
    hidden_cells,
    painted,
    spread_places,
    written_all,
    written_some,
)
from mmtg.models.unified_settings import (
    DENSE,
    MIXED,
    PAINT,
    TASKS,
    WRITE,
    TokenLevel,
    check_settings,
    unified_network,
)
from mmtg.models.unified_writing import TextSteps, paint


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
        token_level: see :class:`TokenLevel`.
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
        token_level: dict[str, Any],
        iterations: int,
        text_tokens: int,
        bound_lines: bool,
        writes_unknown: bool,
        **network: Any,
    ) -> None:
        super().__init__(parts, plain)
        check_settings(pretrained, tasks, features)
        self.name, self.tasks, self.features, self.grid = name, tuple(tasks), features, grid
        self.token_level, self.iterations = TokenLevel(**token_level), iterations
        self.bound_lines, self.writes_unknown = bound_lines, writes_unknown
        self.tokens = PostTokens(self.vocabulary, text=text_tokens, reply=text_tokens)
        network |= {"grid": grid, "topic_tokens": text_tokens, "vocabulary": self.vocabulary, "layout": parts.layout}
        directions = (WRITE,) if shared else (WRITE, PAINT)
        self.model = nn.ModuleDict({direction: unified_network(**network) for direction in directions})
        self.encoder: CellEncoder | None = None  # of the cells of pictures that are given anew
        self._paintings: list[tuple[float, float, int]] = []

    @property
    def vocabulary(self) -> PostVocabulary:
        """Characters or WordPieces, with start, line break, end and mask."""
        assert isinstance(self.layout.vocabulary, PostVocabulary)
        return self.layout.vocabulary

    @property
    def directions(self) -> tuple[str, ...]:
        """What is learnt: WRITE, PAINT or both."""
        return tuple(dict.fromkeys(TASKS[task] for task in self.tasks))

    def network(self, direction: str) -> UnifiedNetwork:
        """The network of a direction."""
        found = self.model[direction if direction in self.model else WRITE]
        assert isinstance(found, UnifiedNetwork)
        return found

    def take_codebook(self, centroids: Tensor) -> None:
        """Takes over a codebook [K, W], before training."""
        for network in self.model.values():
            network.take_codebook(centroids)  # type: ignore[operator]

    def scene(self, batch: Any, *, positive_from: int | None = None) -> Scene:
        """The batch's experiences with their cells' vectors; without those that are rated lower."""
        assert isinstance(batch, PicturedBatch)
        seen = batch.pictures if batch.pictures.dim() == 4 else batch.pictures[:, :, None]  # [B, T, G, W]
        present = batch.image_present[..., None].expand(seen.shape[:3])
        cells = unit(seen) * present[..., None]
        scene = Scene(batch.topic_words, batch.reply, cells.flatten(1, 2), present.flatten(1))
        if positive_from is None:
            return scene
        return scene.select((batch.rating >= positive_from).nonzero().flatten())

    def seen(self, scene: Scene, direction: str) -> Scene:
        """The scene with what a direction is given of its cells: their vectors, or their clusters' centroids."""
        if self.features == DENSE or (self.features == MIXED and direction == WRITE):
            return scene
        network = self.network(direction)
        return replace(scene, cells=network.vectors_of(network.clusters_of(scene.cells)))

    def predictions(self, scene: Scene, direction: str, *, draws: bool) -> Predictions:
        """What is predicted of a scene in a direction, with masks drawn at random or always the same."""
        network, rule, given = self.network(direction), self.token_level, self.seen(scene, direction)
        if direction == PAINT:
            hidden = hidden_cells(scene.present, rule.hidden) if draws else scene.present
            return painted(network, given, network.clusters_of(scene.cells), hidden, smoothing=rule.smoothing)
        if rule.predicts == CAUSAL:
            return written_all(network, given, smoothing=rule.smoothing)
        pad = self.vocabulary.pad
        places = (
            drawn_places(given.lines, pad, rule.draws) if draws else spread_places(given.lines, pad, rule.evaluated)
        )
        return written_some(network, given, places, mask=self.vocabulary.mask, smoothing=rule.smoothing)

    def training_loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Mean over what the step's task predicts, with label smoothing."""
        direction = TASKS[self.tasks[self.global_step % len(self.tasks)]]
        found = self.predictions(self.scene(batch, positive_from=positive_from), direction, draws=True)
        return Loss(found.mean() + self._untouched(), self._parts(found, direction), items=len(found))

    def loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Sum of the means of all directions; in painting with all cells hidden.

        ``lm_loss``, ``token_loss`` and ``cell_loss`` are without label smoothing; ``token_loss`` counts the texts' own
        tokens alone, as for all systems.
        """
        scene = self.scene(batch, positive_from=positive_from)
        loss = Loss(torch.zeros((), device=self.device), {}, items=len(scene))
        for direction in self.directions:
            found = self.predictions(scene, direction, draws=False)
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
        return {"lm_loss": (mean, count), "token_loss": ((found.nats * own).sum() / max(1, written), written)}

    def _untouched(self) -> Tensor:
        """Zero that depends on all weights, which every process must hear of in every step whatever its task."""
        zero = torch.zeros((), device=self.device)
        return sum((0.0 * weight.sum() for weight in self.model.parameters()), zero)

    def writer(self, batch: Any) -> Scene:  # type: ignore[override]
        """What lines are written to."""
        return self.seen(self.scene(batch), WRITE)

    def texts(self, batch: Any, names: list[str], *, numbers: list[int] | None = None) -> list[list[list[str]]]:
        """For each item its samples, each a list of lines; see :class:`mmtg.models.system.System`."""
        wanted, scene = list(range(self.decoding.samples)) if numbers is None else numbers, self.writer(batch)
        return side_by_side(
            lambda rows, texts: self._lines(scene.select(rows.to(scene.device)), texts),
            names,
            wanted,
            batch_size=self.decoding.batch_size,
        )

    def _lines(self, scene: Scene, texts: list[tuple[str, int]]) -> list[list[str]]:
        """The lines of one text to each row of the scene."""
        settings, words, layout = step_settings(self.decoding), self.vocabulary, prompt_layout(self.layout)
        length = layout.lines * (layout.line_tokens + 1)
        uniform = None
        if settings.kind == "sampling":
            uniform = noise((length,), self.decoding.seed, texts).to(scene.device)
        ids = write(
            TextSteps(self.network(WRITE), words.mask if self.token_level.predicts == SINGLE else None),
            scene,
            start=words.start,
            end=words.end,
            newline=words.line,
            banned=sorted({words.pad, words.start, words.mask} | (set() if self.writes_unknown else {words.unk})),
            settings=settings,
            length=length,
            lines=layout.lines if self.bound_lines else None,
            line_tokens=layout.line_tokens if self.bound_lines else None,
            uniform=uniform,
            pad=words.pad,
        )
        return [words.lines(row) for row in ids.tolist()]

    def paint(self, batch: Any) -> Filled:
        """Clusters of the cells [B, C] of the pictures that the lines call for."""
        return paint(self.network(PAINT), self.scene(batch), iterations=self.iterations)

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """Writes to pictures, and paints to lines."""
        super().test_step(batch, batch_idx)
        if PAINT not in self.directions:
            return
        network, scene = self.network(PAINT), self.scene(batch)
        made = self.paint(batch).ids
        near = torch.cosine_similarity(network.vectors_of(made), scene.cells, dim=-1)[scene.present]
        right = (made == network.clusters_of(scene.cells))[scene.present]
        self._paintings.append((float(near.sum()), float(right.sum()), len(near)))

    def own_figures(self) -> dict[str, float]:
        """Of painted cells: ``painted_cosine`` to those of the true pictures, and ``painted_accuracy`` of clusters."""
        paintings, self._paintings = self._gather(self._paintings), []
        near, right, count = (sum(numbers) for numbers in zip(*paintings, strict=True)) if paintings else (0, 0, 0)
        return {"painted_cosine": near / count, "painted_accuracy": right / count} if count else {}

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
