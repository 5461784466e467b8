"""From a model to lines."""

import zlib
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from mmtg.data.layout import Layout, SlotsLayout
from mmtg.data.sequence_layout import SegmentsLayout, SequenceLayout
from mmtg.decoding.free import FreeDecoding
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.slots import SlotDecoding
from mmtg.decoding.writer import SlotWriter, Writer
from mmtg.errors import InputError


def noise(shape: Sequence[int], seed: int, texts: Sequence[tuple[str, int]]) -> Tensor:
    """Uniform numbers that decide every draw, the same whatever stands beside a text in its batch.

    Args:
        shape: of the numbers for one text.
        seed: of all texts.
        texts: (experience id, number of the sample) of each.

    Returns:
        float64 [N, *shape].
    """
    generators = (np.random.Philox(key=[seed, (zlib.crc32(name.encode()) << 16) + n]) for name, n in texts)
    return torch.from_numpy(np.stack([np.random.Generator(g).random(shape) for g in generators]))


def side_by_side(
    write: Callable[[Tensor, list[tuple[str, int]]], list[list[str]]],
    names: Sequence[str],
    numbers: Sequence[int],
    *,
    batch_size: int,
) -> list[list[list[str]]]:
    """Samples of B items, so many texts at a time.

    Args:
        write: gives the lines of texts, each an item's row, of int64 [N], and its (name, number of the sample).
        names: [B] of the items.
        numbers: which samples of each to write.
        batch_size: most texts at a time.

    Returns:
        [B] lists of texts, each a list of lines.
    """
    texts = [(b, name, n) for b, name in enumerate(names) for n in numbers]
    drawn: list[list[list[str]]] = [[] for _ in names]
    for first in range(0, len(texts), batch_size):
        chunk = texts[first : first + batch_size]
        lines = write(torch.tensor([b for b, _, _ in chunk]), [(name, n) for _, name, n in chunk])
        for (b, _, _), own in zip(chunk, lines, strict=True):
            drawn[b].append(own)
    return drawn


def decode_texts(
    writer: Writer | SlotWriter,
    layout: Layout,
    settings: DecodingSettings,
    *,
    names: Sequence[str],
    device: torch.device,
    numbers: Sequence[int] | None = None,
) -> list[list[list[str]]]:
    """Texts for B experiences.

    Args:
        writer: of the B experiences; in evaluation mode.
        layout: where tokens stand.
        settings: how they are drawn.
        names: ids of the experiences; a text depends on its experience's, not on its neighbours.
        device: of the writer.
        numbers: which samples of each to draw; the first ``settings.samples`` if not given.

    Returns:
        For each experience its samples, each a list of lines.

    Raises:
        InputError: candidates are to be ranked, which is for systems that write from keywords.
    """
    if settings.candidates > 1:
        raise InputError(
            f"is {settings.candidates}; only model=keyword_clip ranks candidates", field="decoding.candidates"
        )
    wanted = range(settings.samples) if numbers is None else numbers
    texts = [(b, name, n) for b, name in enumerate(names) for n in wanted]
    drawn: list[list[list[str]]] = [[] for _ in names]
    for first in range(0, len(texts), settings.batch_size):
        chunk = texts[first : first + settings.batch_size]
        rows = torch.tensor([b for b, _, _ in chunk], device=device)
        ids = _draw(writer.select(rows), layout, settings, [(name, n) for _, name, n in chunk], device)
        for (b, _, _), row in zip(chunk, ids.tolist(), strict=True):
            drawn[b].append(layout.decode_lines(row))
    return drawn


def _draw(
    writer: Writer | SlotWriter,
    layout: Layout,
    settings: DecodingSettings,
    texts: Sequence[tuple[str, int]],
    device: torch.device,
) -> Tensor:
    """Ids [N, L] of the texts."""
    if isinstance(layout, SlotsLayout):
        uniform = noise((layout.lines, layout.line_tokens), settings.seed, texts).to(device)
        return SlotDecoding(cast(SlotWriter, writer), layout, settings, uniform).run()
    assert isinstance(layout, SequenceLayout)
    uniform = noise((layout.length,), settings.seed, texts).to(device)
    if isinstance(layout, SegmentsLayout):  # the writer has a row for each step of each text
        uniform = uniform.reshape(-1, layout.segment)
    return FreeDecoding(cast(Writer, writer), layout, settings, uniform).run().reshape(len(texts), -1)
