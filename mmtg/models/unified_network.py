"""One transformer for both directions: pictures to text and text to pictures (generate-it reference, section 1).

Letters of shapes: B experiences, P tokens of a topic, R tokens of the lines, L = P + R, T steps, C cells of all
pictures of an experience, W width of a cell's vector, D width, V tokens, K clusters of cells, M places that are scored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.codebook import nearest
from mmtg.errors import InputError
from mmtg.models.single_stream import start_as_bert
from mmtg.models.unified_embeddings import Looks, UnifiedCells, UnifiedText, Words
from mmtg.models.unified_inputs import Hearing, Scene, text_before
from mmtg.models.unified_layers import STREAMS, Heard, UnifiedSize


@dataclass(frozen=True)
class States:
    """What comes out of the last layer.

    Attributes:
        lines: [B, R, D].
        cells: [B, C, D].
    """

    lines: Tensor
    cells: Tensor


@dataclass(frozen=True)
class Written:
    """B texts that are being written.

    Attributes:
        heard: of topic, cells and the lines so far.
        text: bool [B, 1, 1, E], which of the text's places are heard.
        cells: bool [B, 1, 1, C], which cells are.
        breaks: int64 [B], line breaks so far.
        since: int64 [B], the place that those of the text at hand count from.
        count: tokens of lines so far.
    """

    heard: Heard
    text: Tensor
    cells: Tensor
    breaks: Tensor
    since: Tensor
    count: int

    def select(self, rows: Tensor) -> Written:
        """Some texts, an int64 tensor; rows may repeat."""
        text, cells, breaks, since = (
            own.index_select(0, rows) for own in (self.text, self.cells, self.breaks, self.since)
        )
        return Written(self.heard.select(rows), text, cells, breaks, since, self.count)


class UnifiedNetwork(nn.Module):
    """The published network, of two streams or of one; text of lines and cells of pictures know their step.

    Args:
        size: of the layers.
        text: of its text.
        cells: of its pictures.
        streams: ``two``, as published for single pictures; ``one``, as in the diverse variant.
        init_std: of weights at the start; published 0.02.
    """

    codebook: Tensor

    def __init__(
        self, *, size: UnifiedSize, text: UnifiedText, cells: UnifiedCells, streams: str, init_std: float
    ) -> None:
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
        self.apply(partial(start_as_bert, std=init_std))

    def forward(self, scene: Scene, hearing: Hearing, hidden: Tensor | None = None) -> States:
        """States of all places; the step of a token is told by the line breaks before it.

        Args:
            scene: B experiences.
            hearing: who hears whom.
            hidden: bool [B, C], cells that are to be predicted; None for none.

        Returns:
            The states.
        """
        text, cells, _ = self._both(scene, hearing, hidden)
        return States(text[:, scene.topic.shape[1] :], cells)

    def _both(self, scene: Scene, hearing: Hearing, hidden: Tensor | None) -> tuple[Tensor, Tensor, Heard]:
        text = self.words(scene.topic, scene.lines)  # [B, L, D]
        cells = self.looks(scene.cells, hidden, self.words.steps.weight[1:])  # [B, C, D]
        same = self.looks.of_step(self.words.steps_of(scene.topic, scene.lines))  # [B, 1, L, C]
        both: tuple[Tensor, Tensor, Heard] = self.layers(text, cells, hearing, same)
        return both

    def begin(self, scene: Scene) -> Written:
        """What all lines hear, which hear one another from left to right: topic and cells.

        Args:
            scene: B experiences; their lines do not count.

        Returns:
            The state before the first token.
        """
        scene = replace(scene, lines=scene.lines[:, :0])
        hearing = text_before(scene, pad=self.pad)
        _, _, heard = self._both(scene, hearing, None)
        none = torch.zeros(len(scene), dtype=torch.int64, device=scene.device)
        return Written(heard, hearing.text_by_cells, hearing.cells, none, none, 0)

    def write(self, tokens: Tensor, written: Written) -> tuple[Tensor, Written]:
        """One more token of each, and its state: as in a whole pass where lines hear what stands before them.

        Args:
            tokens: int64 [B].
            written: the state before it.

        Returns:
            [B, D], and the state behind it.
        """
        text = torch.cat([written.text, (tokens != self.pad).view(-1, 1, 1, 1)], dim=3)
        texts, count = self.words.texts, written.count
        breaks = written.breaks + (tokens == self.words.line)
        since = texts.since(written.since, count, written.breaks, breaks)
        embedded = self.words.next(tokens, count - since, breaks)  # [B, 1, D]
        same = self.looks.of_step(self.words.step(texts.number(breaks))[:, None])  # [B, 1, 1, C]
        states, heard = self.layers.onward(embedded, written.heard, text, written.cells, same)
        return states[:, 0], Written(heard, text, written.cells, breaks, since, count + 1)

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
        """Takes over a codebook [K, W], and reads cells by its measure.

        The output starts from it and is trained apart from it, as published.
        """
        self.codebook.copy_(centroids)
        self.looks.measure.take(centroids)
        self.cell_output.weight.copy_(self.looks.measure(centroids) / centroids.shape[1] ** 0.5)


def _transform(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
