"""What the unified transformer learns from: experiences with cells of their pictures, and a codebook of these."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig
from torch import Tensor

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.codebook import Clustering, Codes, codebook
from mmtg.config.plain import plain
from mmtg.data.captioned import CaptionedDataset
from mmtg.data.cells import split_cells
from mmtg.data.layout import Layout
from mmtg.data.module import ExperienceDataset
from mmtg.data.pictured import PicturedDataset, Pictures
from mmtg.data.post_vocabulary import post_vocabulary, post_words, read_post_vocabulary
from mmtg.data.posts.post import PostTokens
from mmtg.data.sources import Source
from mmtg.data.splits import Split
from mmtg.encoders.base import CellEncoder, Encoder, unit
from mmtg.errors import InputError
from mmtg.models.unified_objectives import SPANS
from mmtg.models.unified_settings import SequenceLevel, TokenLevel, check_settings
from mmtg.units import WORDS

AT_ONCE = 64
"""Experiences whose cells are looked at together when some are drawn; makes no difference to which."""

UNIFIED_SYSTEM = "mmtg.models.unified_system.UnifiedSystem"
"""The ``_target_`` of ``conf/model/unified.yaml``."""


def check_unified(config: DictConfig) -> None:
    """Refuses settings of the unified transformer before anything is made for it; does nothing to others.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a setting is unknown or out of its range.
    """
    if config.model._target_ != UNIFIED_SYSTEM:
        return
    model = plain(config.model)
    rule = TokenLevel(**model["token_level"])
    check_settings(model["pretrained"], model["tasks"], model["features"], rule)
    if rule.predicts == SPANS and config.decoding.beams > 1:
        what = f"is {config.decoding.beams}; with model.token_level.predicts={SPANS} no beams are searched"
        raise InputError(what, field="decoding.beams")
    SequenceLevel(**model["sequence_level"])
    clustering_of(config)


def clustering_of(config: DictConfig) -> Clustering:
    """How the cells of pictures are clustered."""
    return Clustering(clusters=config.model.size.unified_clusters or 0, **plain(config.model.codebook))


def topic_tokens(config: DictConfig, source: Source, splits: Mapping[str, Split], artefacts: Artefacts) -> PostTokens:
    """How texts become tokens: by the vocabulary that the data name, else by their characters, or words that count so.

    Args:
        config: the whole configuration.
        source: the data.
        splits: of them.
        artefacts: of the run.

    Returns:
        The tokens, cut as topics are.
    """
    if source.vocabulary == "auto" and source.unit == WORDS:
        texts = source.characters(splits, artefacts)
        vocabulary = post_words(texts, least_count=getattr(source, "least_count", 1))
    elif source.vocabulary == "auto":
        vocabulary = post_vocabulary(source.characters(splits, artefacts), keep_spaces=source.keep_spaces)
    else:
        vocabulary = read_post_vocabulary(Path(source.vocabulary), keep_spaces=source.keep_spaces)
    most = int(config.model.text_tokens)
    return PostTokens(vocabulary, text=most, reply=most)


def celled_sets(
    config: DictConfig,
    source: Source,
    splits: Mapping[str, Split],
    layout: Layout,
    tokens: PostTokens,
    encoder: Encoder | None,
    artefacts: Artefacts,
    *,
    shown: Mapping[str, np.ndarray],
) -> dict[str, ExperienceDataset]:
    """Experiences with cells of pictures, by split; with one cell a picture, the vectors that they have.

    Args:
        config: the whole configuration.
        source: has the experiences.
        splits: of them.
        layout: places the tokens of their lines.
        tokens: of topics.
        encoder: sees cells; None for data that bring their vectors, or cells.
        artefacts: where cells are kept.
        shown: by split, bool [N], the experiences whose pictures are needed.

    Returns:
        The sets.

    Raises:
        InputError: neither the data nor the encoder have cells.
    """
    grid = int(config.model.grid)
    if grid > 1 and not source.brings_cells and not isinstance(encoder, CellEncoder):
        what = f"is {grid}; only encoder=world sees cells of pictures, on data that bring them; else choose 1"
        raise InputError(what, field="model.grid")
    found: dict[str, ExperienceDataset] = {}
    for name, split in splits.items():
        cells: Pictures | None = None
        if grid > 1 and source.brings_cells:
            cells = source.cells(split, grid)
        elif grid > 1 and isinstance(encoder, CellEncoder):
            cells = split_cells(
                source.experiences(name),
                split,
                shown[name],
                encoder,
                artefacts,
                grid=grid,
                dtype=source.vector_dtype,
                title=f"cells of pictures of {name}",
                workers=source.workers,
            )
        if source.lines_are_texts:
            seed = config.seed if name == "train" else None
            found[name] = CaptionedDataset(split, layout, tokens, cells, seed=seed)
        else:
            found[name] = PicturedDataset(split, layout, tokens, cells)
    return found


def cell_widths(config: DictConfig, encoder: Encoder | None, *, vector_width: int) -> dict[str, int | None]:
    """What the system must know of its cells' vectors.

    Args:
        config: the whole configuration.
        encoder: sees cells.
        vector_width: of the vectors that the data have of whole pictures.

    Returns:
        Arguments of the system.
    """
    if config.model.grid == 1 or not isinstance(encoder, CellEncoder):
        return {"vector_width": vector_width, "picture_width": None}
    return {"vector_width": encoder.cell_width, "picture_width": vector_width}


def codes_of(config: DictConfig, train: Any, shown: np.ndarray, identity: Any, artefacts: Artefacts) -> Codes:
    """The codebook of the pictures that training shows.

    Args:
        config: the whole configuration.
        train: the training set, of :func:`celled_sets`.
        shown: bool [N], those that it shows.
        identity: fingerprints of the data and the encoder.
        artefacts: where codebooks are kept.

    Returns:
        The codebook.
    """
    clustering = clustering_of(config)
    grid, places = int(config.model.grid), np.flatnonzero(shown)
    key = {"data": identity, "grid": grid, "shown": fingerprint({"places": places.tobytes().hex()})}
    return codebook(lambda: _sampled(train, places, grid**2, clustering), clustering, artefacts, key)


def _sampled(train: Any, places: np.ndarray, per_picture: int, clustering: Clustering) -> Tensor:
    """The cells [M, W] that are clustered, of pictures that are there; a few experiences at a time."""
    steps = train.split.store.steps
    there = train.split.store.numbers(train.split.places[places])[:, 1 : 1 + steps] >= 0  # [N, T]
    who, step = np.nonzero(there)
    kept = clustering.sample(len(who) * per_picture)
    who, step, cell = who[kept // per_picture], step[kept // per_picture], kept % per_picture
    taken = []
    for first in range(0, len(places), AT_ONCE):
        here = slice(*np.searchsorted(who, (first, first + AT_ONCE)))
        cells = _cells(train, places[first : first + AT_ONCE])  # [n, T, G, W]
        taken.append(cells[who[here] - first, step[here], cell[here]])
    return torch.cat(taken)


def _cells(train: Any, places: np.ndarray) -> Tensor:
    """Cells [N, T, G, W] of some experiences; where a picture is one cell, of length 1."""
    if train.pictures is not None:
        cells: Tensor = train.pictures.of(places.tolist())
        return cells
    store = train.split.store
    numbers = store.numbers(train.split.places[places])[:, 1 : 1 + store.steps]
    return unit(torch.from_numpy(store.vectors(numbers)))[:, :, None]
