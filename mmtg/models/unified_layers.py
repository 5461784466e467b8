"""Layers of the unified transformer: two streams that hear each other (LXMERT), or one stream of both (BERT).

Letters of shapes: B experiences, L tokens of text, C cells, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmtg.errors import InputError
from mmtg.models.attention_blocks import Attention, Block, BlockSize, KeysValues
from mmtg.models.unified_inputs import Hearing, leaning

TWO, ONE = "two", "one"
"""What ``model.streams`` may say."""


@dataclass(frozen=True, kw_only=True)
class UnifiedSize(BlockSize):
    """Dimensions of the network; published: 768 wide, 12 heads, 3072, layers 9, 5 and 5; of one stream 12.

    Attributes:
        text_layers: of text alone.
        cell_layers: of cells alone.
        cross_layers: where both streams hear each other.
        joint_layers: of one stream.
        closeness: at the start, what is added to the scores of attention between tokens and cells of one step; 0 where
            there is one picture, as published.
    """

    text_layers: int
    cell_layers: int
    cross_layers: int
    joint_layers: int
    closeness: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.text_layers, self.cell_layers) < 0 or min(self.cross_layers, self.joint_layers) < 1:
            raise InputError("has too few layers; cross and joint ones must be at least 1", field="model.size")


@dataclass(frozen=True)
class Heard:
    """What tokens that are written later hear.

    Attributes:
        text: by block, of the text so far; in one stream also of the cells, before it.
        cells: by cross layer, of the cells.
    """

    text: tuple[KeysValues, ...]
    cells: tuple[KeysValues, ...]

    def select(self, rows: Tensor) -> Heard:
        """Those of some experiences, an int64 tensor; rows may repeat."""
        return Heard(tuple(own.select(rows) for own in self.text), tuple(own.select(rows) for own in self.cells))


class TwoStreams(nn.Module):
    """Text alone, cells alone, then both.

    Args:
        size: dimensions.
    """

    def __init__(self, size: UnifiedSize) -> None:
        super().__init__()
        self.text = _blocks(size, size.text_layers)
        self.cells = _blocks(size, size.cell_layers)
        self.cross = nn.ModuleList(CrossLayer(size) for _ in range(size.cross_layers))

    def forward(self, text: Tensor, cells: Tensor, hearing: Hearing, same: Tensor) -> tuple[Tensor, Tensor, Heard]:
        """States of both.

        Args:
            text: [B, L, D].
            cells: [B, C, D].
            hearing: masks.
            same: bool [B, 1, L, C], tokens and cells of one step.

        Returns:
            [B, L, D] and [B, C, D], and what further text would hear.
        """
        kept, shown = [], []
        for block in self.text:
            text, own = block(text, hearing.text)
            kept.append(own)
        for block in self.cells:
            cells, _ = block(cells, hearing.cells)
        for layer in self.cross:
            text, cells, own, of_cells = layer(text, cells, hearing, same)
            kept.append(own)
            shown.append(of_cells)
        return text, cells, Heard(tuple(kept), tuple(shown))

    def onward(self, text: Tensor, heard: Heard, mask: Tensor, cells: Tensor, same: Tensor) -> tuple[Tensor, Heard]:
        """States of one more token, which nothing before it hears.

        Args:
            text: [B, 1, D].
            heard: of E places of text, and of cells.
            mask: bool [B, 1, 1, E + 1], of the text.
            cells: bool [B, 1, 1, C], of the cells.
            same: bool [B, 1, 1, C], cells of its step.

        Returns:
            [B, 1, D], and what further text would hear.
        """
        kept = []
        for block, before in zip(self.text, heard.text[: len(self.text)], strict=True):
            text, own = block(text, mask, before=before)
            kept.append(before.then(own))
        for layer, before, shown in zip(self.cross, heard.text[len(self.text) :], heard.cells, strict=True):
            assert isinstance(layer, CrossLayer)
            text, own = layer.text(layer.told(text, shown, cells, same), mask, before=before)
            kept.append(before.then(own))
        return text, Heard(tuple(kept), heard.cells)


class CrossLayer(nn.Module):
    """Both streams hear each other through one attention, then each hears itself.

    Args:
        size: dimensions.
    """

    def __init__(self, size: UnifiedSize) -> None:
        super().__init__()
        self.across = Attention(size)
        self.norm = nn.LayerNorm(size.width)
        self.dropout = nn.Dropout(size.dropout)
        self.text = Block(size, activation=nn.GELU)
        self.cells = Block(size, activation=nn.GELU)
        self.closeness = nn.Parameter(torch.full((size.heads,), size.closeness))

    def forward(
        self, text: Tensor, cells: Tensor, hearing: Hearing, same: Tensor
    ) -> tuple[Tensor, Tensor, KeysValues, KeysValues]:
        """One layer.

        Args:
            text: [B, L, D].
            cells: [B, C, D].
            hearing: masks.
            same: bool [B, 1, L, C], tokens and cells of one step.

        Returns:
            [B, L, D] and [B, C, D]; and what further text would hear, of the text and of the cells.
        """
        of_text, of_cells = self.across.heard(text), self.across.heard(cells)
        by_cells = leaning(hearing.text_by_cells, same.transpose(2, 3), self.closeness)  # [B, H, C, L]
        shown = self.norm(cells + self.dropout(self.across(cells, of_text, by_cells)))
        text, own = self.text(self.told(text, of_cells, hearing.cells, same), hearing.text)
        return text, self.cells(shown, hearing.cells)[0], own, of_cells

    def told(self, text: Tensor, cells: KeysValues, mask: Tensor, same: Tensor) -> Tensor:
        """Text [B, L, D] that has heard the cells."""
        by_text = leaning(mask, same, self.closeness)  # [B, H, L, C]
        result: Tensor = self.norm(text + self.dropout(self.across(text, cells, by_text)))
        return result


class OneStream(nn.Module):
    """Cells and text side by side.

    Args:
        size: dimensions.
    """

    def __init__(self, size: UnifiedSize) -> None:
        super().__init__()
        self.blocks = _blocks(size, size.joint_layers)
        self.closeness = nn.Parameter(torch.full((size.joint_layers, size.heads), size.closeness))

    def forward(self, text: Tensor, cells: Tensor, hearing: Hearing, same: Tensor) -> tuple[Tensor, Tensor, Heard]:
        """States of both.

        Args:
            text: [B, L, D].
            cells: [B, C, D].
            hearing: masks.
            same: bool [B, 1, L, C], tokens and cells of one step.

        Returns:
            [B, L, D] and [B, C, D], and what further text would hear.
        """
        count, kept = cells.shape[1], []
        both, mask = torch.cat([cells, text], dim=1), joint_mask(hearing, text.shape[1])
        near = joint_same(same)
        for block, closeness in zip(self.blocks, self.closeness, strict=True):
            both, own = block(both, leaning(mask, near, closeness))
            kept.append(own)
        return both[:, count:], both[:, :count], Heard(tuple(kept), ())

    def onward(self, text: Tensor, heard: Heard, mask: Tensor, cells: Tensor, same: Tensor) -> tuple[Tensor, Heard]:
        """States of one more token, which nothing before it hears; see :meth:`TwoStreams.onward`.

        Args:
            text: [B, 1, D].
            heard: of cells and E places of text.
            mask: bool [B, 1, 1, E + 1], of the text.
            cells: bool [B, 1, 1, C], of the cells.
            same: bool [B, 1, 1, C], cells of its step.

        Returns:
            [B, 1, D], and what further text would hear.
        """
        kept, near = [], torch.cat([same, torch.zeros_like(mask)], dim=3)
        mask = torch.cat([cells, mask], dim=3)
        for block, before, closeness in zip(self.blocks, heard.text, self.closeness, strict=True):
            text, own = block(text, leaning(mask, near, closeness), before=before)
            kept.append(before.then(own))
        return text, Heard(tuple(kept), ())


def joint_mask(hearing: Hearing, length: int) -> Tensor:
    """The masks of two streams as that of one, cells before text: bool [B, 1, C + L, C + L].

    Args:
        hearing: masks.
        length: L.

    Returns:
        The mask.
    """
    count, cells = len(hearing.cells), hearing.cells.shape[-1]
    by_cells = torch.cat([hearing.cells, hearing.text_by_cells], dim=3).expand(-1, 1, cells, -1)
    by_text = [hearing.cells.expand(-1, 1, length, -1), hearing.text.expand(count, 1, length, length)]
    return torch.cat([by_cells, torch.cat(by_text, dim=3)], dim=2)


def joint_same(same: Tensor) -> Tensor:
    """Tokens and cells of one step, bool [B, 1, L, C], among all places: [B, 1, C + L, C + L]."""
    length, cells = same.shape[2:]
    pad = nn.functional.pad
    return pad(same, (0, length, cells, 0)) | pad(same.transpose(2, 3), (cells, 0, 0, length))


def _blocks(size: UnifiedSize, count: int) -> nn.ModuleList:
    return nn.ModuleList(Block(size, activation=nn.GELU) for _ in range(count))


STREAMS: dict[str, type[TwoStreams] | type[OneStream]] = {TWO: TwoStreams, ONE: OneStream}
