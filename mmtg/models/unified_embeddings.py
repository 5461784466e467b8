"""How the unified transformer begins: tokens and cells as vectors (generate-it reference, section 1.3).

Letters of shapes: as in :mod:`mmtg.models.unified_network`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmtg.errors import InputError
from mmtg.models.measure import Measure
from mmtg.models.unified_layers import UnifiedSize
from mmtg.models.unified_texts import Texts


@dataclass(frozen=True, kw_only=True)
class UnifiedText:
    """What the network knows of text.

    Attributes:
        vocabulary: V.
        pad: the token of padding.
        line: the token that ends a line.
        lines_per_step: lines that belong to a picture.
        topic_tokens: most tokens of a topic.
        positions: most tokens of the lines.
        lines_per_text: lines that one of several texts has; None: those of a picture are one.
        positions_restart: whether places count within each text.
        slot: tokens of a text where each has a slot; None where line breaks tell.
    """

    vocabulary: int
    pad: int
    line: int
    lines_per_step: int
    topic_tokens: int
    positions: int
    lines_per_text: int | None = None
    positions_restart: bool = False
    slot: int | None = None

    @property
    def texts_per_step(self) -> int:
        """Texts that belong to a picture."""
        return self.lines_per_step // (self.lines_per_text or self.lines_per_step)

    def texts(self, steps: int) -> Texts:
        """All texts, to so many pictures."""
        return Texts(
            count=steps * self.texts_per_step,
            lines=self.lines_per_text or self.lines_per_step,
            line=self.line,
            restart=self.positions_restart,
            slot=self.slot,
        )


@dataclass(frozen=True, kw_only=True)
class UnifiedCells:
    """What the network knows of pictures.

    Attributes:
        steps: T.
        grid: cells a side of a picture; C = T * grid * grid.
        width: W.
        clusters: K.
    """

    steps: int
    grid: int
    width: int
    clusters: int


class Words(nn.Module):
    """Embeddings of topic and lines: token, place, step, and which of a step's texts; then a layer norm.

    Args:
        size: of the layers.
        text: of the text.
        steps: T.
    """

    def __init__(self, size: UnifiedSize, text: UnifiedText, steps: int) -> None:
        super().__init__()
        self.line, self.topic_tokens, self.texts = text.line, text.topic_tokens, text.texts(steps)
        self.tokens = nn.Embedding(text.vocabulary, size.width)
        self.places = nn.Embedding(text.topic_tokens + text.positions, size.width)
        self.steps = nn.Embedding(1 + steps, size.width)  # the first is of the topic
        self.texts_per_step = text.texts_per_step
        self.turns = nn.Embedding(self.texts_per_step, size.width) if self.texts_per_step > 1 else None
        self.norm, self.dropout = nn.LayerNorm(size.width), nn.Dropout(size.dropout)

    def forward(self, topic: Tensor, lines: Tensor) -> Tensor:
        """Vectors of all text; those of the lines do not depend on how far topics are padded.

        Args:
            topic: int64 [B, P].
            lines: int64 [B, R].

        Returns:
            [B, L, D].

        Raises:
            InputError: there are too many tokens.
        """
        given, length = topic.shape[1], lines.shape[1]
        for name, most, found in (
            ("text_tokens", self.topic_tokens, given),
            ("positions", self.places.num_embeddings - self.topic_tokens, length),
        ):
            if found > most:
                raise InputError(f"is {most}, but a text takes {found}", field=f"model.{name}")
        places = torch.arange(given, device=topic.device).expand_as(topic)
        places = torch.cat([places, self.topic_tokens + self.texts.places(lines)], dim=1)  # [B, L]
        numbers = torch.cat([torch.full_like(topic, -1), self.texts.numbers(lines)], dim=1)  # [B, L]
        return self._embedded(torch.cat([topic, lines], dim=1), places, numbers)

    def next(self, tokens: Tensor, places: Tensor, breaks: Tensor) -> Tensor:
        """Vectors [B, 1, D] of one more token of lines each.

        Args:
            tokens: int64 [B].
            places: int64 [B].
            breaks: int64 [B], line breaks before it.

        Returns:
            The vectors.
        """
        places = self.topic_tokens + places[:, None]
        return self._embedded(tokens[:, None], places, self.texts.number(breaks[:, None]))

    def steps_of(self, topic: Tensor, lines: Tensor) -> Tensor:
        """The number 1..T of the step that each token belongs to, 0 of those of the topic: int64 [B, L]."""
        return self.step(torch.cat([torch.full_like(topic, -1), self.texts.numbers(lines)], dim=1))

    def step(self, numbers: Tensor) -> Tensor:
        """The step of tokens of a text, 1..T; 0 of the topic, whose number is -1."""
        return torch.div(numbers, self.texts_per_step, rounding_mode="floor") + 1

    def _embedded(self, ids: Tensor, places: Tensor, numbers: Tensor) -> Tensor:
        """Vectors of tokens at places, of texts by their numbers; -1 for the topic."""
        told = self.tokens(ids) + self.places(places) + self.steps(self.step(numbers))
        if self.turns is not None:
            told = told + self.turns(numbers % self.texts_per_step) * (numbers >= 0)[..., None]
        result: Tensor = self.dropout(self.norm(told))
        return result


class Looks(nn.Module):
    """Embeddings of cells: the mean of what is seen and of where, each through a layer norm (reference, section 1.3).

    Args:
        size: of the layers.
        cells: of the pictures.
    """

    boxes: Tensor
    step: Tensor

    def __init__(self, size: UnifiedSize, cells: UnifiedCells) -> None:
        super().__init__()
        self.measure = Measure(cells.width)  # what all cells have in common would hide in what they differ
        self.mask = nn.Parameter(torch.zeros(cells.width))
        self.project, self.project_norm = nn.Linear(cells.width, size.width), nn.LayerNorm(size.width)
        self.place, self.place_norm = nn.Linear(4, size.width), nn.LayerNorm(size.width)
        self.dropout = nn.Dropout(size.dropout)
        self.register_buffer("boxes", grid_boxes(cells.grid).repeat(cells.steps, 1), persistent=False)  # [C, 4]
        step = torch.arange(cells.steps).repeat_interleave(cells.grid**2)
        self.register_buffer("step", step, persistent=False)  # [C]

    def forward(self, cells: Tensor, hidden: Tensor | None, steps: Tensor) -> Tensor:
        """Vectors [B, C, D].

        Args:
            cells: [B, C, W].
            hidden: bool [B, C], cells that the mask's vector stands for; None for none.
            steps: [T, D], of the steps.

        Returns:
            The vectors.
        """
        cells = self.measure(cells)
        if hidden is not None:
            cells = torch.where(hidden[..., None], self.mask.to(cells.dtype), cells)
        seen = self.project_norm(self.project(cells))
        where = self.place_norm(self.place(self.boxes) + steps[self.step])
        result: Tensor = self.dropout((seen + where) / 2)
        return result

    def of_step(self, steps: Tensor) -> Tensor:
        """Whether tokens of the steps int64 [B, L], 1..T, and cells are of one step: bool [B, 1, L, C]."""
        return (steps[..., None] == self.step + 1)[:, None]


def grid_boxes(grid: int) -> Tensor:
    """Left, top, right and bottom of the cells of a picture, in 0..1, row by row: [grid * grid, 4]."""
    edges = torch.arange(grid) / grid
    top, left = (axis.flatten() for axis in torch.meshgrid(edges, edges, indexing="ij"))
    return torch.stack([left, top, left + 1 / grid, top + 1 / grid], dim=1)
