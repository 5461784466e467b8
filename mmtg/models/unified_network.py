"""One transformer for both directions: pictures to text and text to pictures (generate-it reference, section 1).

Letters of shapes: B experiences, P tokens of a topic, R tokens of the lines, L = P + R, T steps, C cells of all
pictures of an experience, W width of a cell's vector, D width, V tokens, K clusters of cells, M places that are scored.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.codebook import nearest
from mmtg.errors import InputError
from mmtg.models.single_stream import start_as_bert
from mmtg.models.unified_inputs import Hearing, Scene
from mmtg.models.unified_layers import STREAMS, UnifiedSize


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


@dataclass(frozen=True)
class States:
    """What comes out of the last layer.

    Attributes:
        lines: [B, R, D].
        cells: [B, C, D].
    """

    lines: Tensor
    cells: Tensor


class UnifiedNetwork(nn.Module):
    """The published network, of two streams or of one; text of lines and cells of pictures know their step.

    Args:
        size: of the layers.
        text: of its text.
        cells: of its pictures.
        streams: ``two``, as published for single pictures; ``one``, as in the diverse variant.
    """

    codebook: Tensor

    def __init__(self, *, size: UnifiedSize, text: UnifiedText, cells: UnifiedCells, streams: str) -> None:
        super().__init__()
        if streams not in STREAMS:
            raise InputError(f"'{streams}' is unknown; choose {' or '.join(STREAMS)}", field="model.streams")
        self.pad = text.pad
        self.words = Words(size, text, cells.steps)
        self.looks = Looks(size, cells)
        self.layers = STREAMS[streams](size)
        self.text_transform = _transform(size.width)
        self.text_bias = nn.Parameter(torch.zeros(text.vocabulary))
        self.cell_transform = nn.Sequential(_transform(size.width), nn.Linear(size.width, cells.width))
        self.cell_output = nn.Linear(cells.width, cells.clusters)
        self.register_buffer("codebook", torch.zeros(cells.clusters, cells.width))  # frozen
        self.apply(start_as_bert)

    def forward(self, scene: Scene, hearing: Hearing, hidden: Tensor | None = None) -> States:
        """States of all places; the step of a token is told by the line breaks before it.

        Args:
            scene: B experiences.
            hearing: who hears whom.
            hidden: bool [B, C], cells that are to be predicted; None for none.

        Returns:
            The states.
        """
        text = self.words(scene.topic, scene.lines)  # [B, L, D]
        cells = self.looks(scene.cells, hidden, self.words.steps.weight[1:])  # [B, C, D]
        text, cells = self.layers(text, cells, hearing)
        return States(text[:, scene.topic.shape[1] :], cells)

    def text_scores(self, states: Tensor) -> Tensor:
        """Scores [M, V] of tokens at states [M, D], by the embedding of tokens."""
        return functional.linear(self.text_transform(states), self.words.tokens.weight, self.text_bias)

    def cell_scores(self, states: Tensor) -> Tensor:
        """Scores [M, K] of clusters at states [M, D]."""
        scores: Tensor = self.cell_output(self.cell_transform(states))
        return scores

    def clusters_of(self, cells: Tensor) -> Tensor:
        """The nearest clusters, int64 [...], of vectors [..., W]."""
        return nearest(cells, self.codebook)

    def vectors_of(self, clusters: Tensor) -> Tensor:
        """Centroids [..., W] of clusters, int64 [...]."""
        return self.codebook[clusters]

    @torch.no_grad()
    def take_codebook(self, centroids: Tensor) -> None:
        """Takes over a codebook [K, W]; the output starts from it and is trained apart from it, as published."""
        self.codebook.copy_(centroids)
        self.cell_output.weight.copy_(centroids)


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
        numbers = torch.arange(given + length, device=topic.device)
        numbers[given:] += self.topic_tokens - given
        steps = torch.cat([torch.zeros_like(topic), self.steps_of(lines)], dim=1)  # [B, L]
        embedded = self.tokens(torch.cat([topic, lines], dim=1)) + self.places(numbers) + self.steps(steps)
        result: Tensor = self.dropout(self.norm(embedded))
        return result

    def steps_of(self, lines: Tensor) -> Tensor:
        """The number 1..T of the step that each token of lines [B, R] belongs to; a break belongs to its line."""
        breaks = lines == self.line
        before = breaks.cumsum(dim=1) - breaks.long()
        return (1 + before // self.lines_per_step).clamp(max=self.steps.num_embeddings - 1)


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


def _transform(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
