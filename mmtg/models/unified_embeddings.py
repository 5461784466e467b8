"""How the unified transformer begins: tokens and cells as vectors (generate-it reference, section 1.3).

Letters of shapes: as in :mod:`mmtg.models.unified_network`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmtg.errors import InputError
from mmtg.models.unified_layers import UnifiedSize


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
    """

    vocabulary: int
    pad: int
    line: int
    lines_per_step: int
    topic_tokens: int
    positions: int


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
    """Embeddings of topic and lines: token, place, step; then a layer norm.

    Args:
        size: of the layers.
        text: of the text.
        steps: T.
    """

    def __init__(self, size: UnifiedSize, text: UnifiedText, steps: int) -> None:
        super().__init__()
        self.line, self.lines_per_step, self.topic_tokens = text.line, text.lines_per_step, text.topic_tokens
        self.tokens = nn.Embedding(text.vocabulary, size.width)
        self.places = nn.Embedding(text.topic_tokens + text.positions, size.width)
        self.steps = nn.Embedding(1 + steps, size.width)  # the first is of the topic
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
        places = torch.arange(given + length, device=topic.device)
        places[given:] += self.topic_tokens - given
        steps = torch.cat([torch.zeros_like(topic), self.steps_of(lines)], dim=1)  # [B, L]
        return self._embedded(torch.cat([topic, lines], dim=1), places, steps)

    def next(self, tokens: Tensor, place: int, breaks: Tensor) -> Tensor:
        """Vectors [B, 1, D] of one more token of lines each.

        Args:
            tokens: int64 [B].
            place: of all of them.
            breaks: int64 [B], line breaks before it.

        Returns:
            The vectors.
        """
        places = torch.full_like(tokens[:, None], self.topic_tokens + place)
        return self._embedded(tokens[:, None], places, self._step(breaks[:, None]))

    def steps_of(self, lines: Tensor) -> Tensor:
        """The number 1..T of the step that each token of lines [B, R] belongs to; a break belongs to its line."""
        breaks = lines == self.line
        return self._step(breaks.cumsum(dim=1) - breaks.long())

    def _step(self, breaks: Tensor) -> Tensor:
        """The step of a token with so many line breaks before it."""
        return (1 + breaks // self.lines_per_step).clamp(max=self.steps.num_embeddings - 1)

    def _embedded(self, ids: Tensor, places: Tensor, steps: Tensor) -> Tensor:
        result: Tensor = self.dropout(self.norm(self.tokens(ids) + self.places(places) + self.steps(steps)))
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
        if hidden is not None:
            cells = torch.where(hidden[..., None], self.mask.to(cells.dtype), cells)
        seen = self.project_norm(self.project(cells))
        where = self.place_norm(self.place(self.boxes) + steps[self.step])
        result: Tensor = self.dropout((seen + where) / 2)
        return result


def grid_boxes(grid: int) -> Tensor:
    """Left, top, right and bottom of the cells of a picture, in 0..1, row by row: [grid * grid, 4]."""
    edges = torch.arange(grid) / grid
    top, left = (axis.flatten() for axis in torch.meshgrid(edges, edges, indexing="ij"))
    return torch.stack([left, top, left + 1 / grid, top + 1 / grid], dim=1)
