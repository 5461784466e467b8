"""What the unified transformer is given, and which places hear which.

Letters of shapes: B experiences, P tokens of a topic, R tokens of the lines, L = P + R, T steps, C cells of all
pictures of an experience, W width of a cell's vector.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from mmtg.models.attention_blocks import causal


@dataclass(frozen=True)
class Scene:
    """B experiences.

    Attributes:
        topic: int64 [B, P], padding behind.
        lines: int64 [B, R], from the start token, padding behind.
        cells: [B, C, W], pictures in order, each row by row.
        present: bool [B, C], whether a cell is of a picture that is there.
    """

    topic: Tensor
    lines: Tensor
    cells: Tensor
    present: Tensor

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.lines.device

    def select(self, rows: Tensor) -> Scene:
        """Some experiences, an int64 tensor; rows may repeat."""
        return Scene(*(getattr(self, field.name).index_select(0, rows) for field in fields(self)))

    def then(self, tokens: Tensor) -> Scene:
        """The same with one more token of lines, int64 [B]."""
        return replace(self, lines=torch.cat([self.lines, tokens[:, None]], dim=1))


@dataclass(frozen=True)
class Hearing:
    """Where is heard what; each mask is bool and true where it is.

    Attributes:
        text: [B, 1, L, L], or [B, 1, 1, L] for all alike: text by text.
        text_by_cells: [B, 1, 1, L]: text by cells.
        cells: [B, 1, 1, C]: cells by cells and by text.
    """

    text: Tensor
    text_by_cells: Tensor
    cells: Tensor


def whole_text(scene: Scene, *, pad: int) -> Hearing:
    """All text is heard, by everything: in painting, in training as in use (reference, section 1.5)."""
    there = torch.cat([scene.topic, scene.lines], dim=1) != pad  # [B, L]
    return _everywhere(scene, there)


def text_up_to(scene: Scene, places: Tensor, *, pad: int) -> Hearing:
    """The topic is heard, and the lines up to one place: that of the token to be written (reference, section 1.5).

    Args:
        scene: B experiences.
        places: int64 [B], of the last token that is heard, among R.
        pad: the token of padding.

    Returns:
        The same for text and cells.
    """
    before = torch.arange(scene.lines.shape[1], device=scene.device) <= places[:, None]  # [B, R]
    return _everywhere(scene, torch.cat([scene.topic != pad, before & (scene.lines != pad)], dim=1))


def text_before(scene: Scene, *, pad: int) -> Hearing:
    """Lines hear the topic, themselves and what stands before; topic and cells do not hear lines.

    So all tokens of lines can be learnt at once, each from the one before. Not as published.

    Args:
        scene: B experiences.
        pad: the token of padding.

    Returns:
        Masks.
    """
    topic, lines = scene.topic.shape[1], scene.lines.shape[1]
    order = torch.ones(topic + lines, topic + lines, dtype=torch.bool, device=scene.device)
    order[:, topic:] = False
    order[topic:, topic:] = causal(lines, scene.device)
    there = torch.cat([scene.topic, scene.lines], dim=1) != pad  # [B, L]
    of_topic = torch.cat([there[:, :topic], torch.zeros_like(there[:, topic:])], dim=1)
    heard = _everywhere(scene, of_topic)
    return replace(heard, text=order & there[:, None, None])


def _everywhere(scene: Scene, text: Tensor) -> Hearing:
    """Text [B, L] and the cells that are there, heard by all; all cells, if none is there."""
    cells = scene.present | ~scene.present.any(dim=1, keepdim=True)
    return Hearing(text[:, None, None], text[:, None, None], cells[:, None, None])


def leaning(mask: Tensor, same: Tensor, closeness: Tensor) -> Tensor:
    """A mask as what is added to the scores of attention: more where both sides belong to one step.

    Args:
        mask: bool, broadcasts to [B, 1, Q, E], where Q places hear E.
        same: bool [B, 1, Q, E].
        closeness: [H] of each head.

    Returns:
        [B, H, Q, E], minus infinity where nothing is heard.
    """
    return (closeness.view(1, -1, 1, 1) * same).masked_fill(~mask, -torch.inf)
