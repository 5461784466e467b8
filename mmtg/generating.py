"""A trained system writes to experiences that are given now: with an encoder at hand, through a store of the moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.data.experience import Experience
from mmtg.data.passing import encoded_for_now
from mmtg.data.splits import Split
from mmtg.decoding.ranking import Ranking
from mmtg.encoders.base import CellEncoder, Encoder
from mmtg.encoders.make import encoder_of_run, make_encoder
from mmtg.encoders.precomputed import UnheardEncoder
from mmtg.keywords import closed_words, keyword_index
from mmtg.logging.progress import track
from mmtg.models.keyword_clip import KeywordCLIPSystem
from mmtg.models.system import System
from mmtg.models.unified_system import UnifiedSystem


def equipped(system: System, checkpoint: Path, config: DictConfig) -> Encoder:
    """The encoder of the checkpoint's run; a keyword system of poems alone gets the configured one, and keywords.

    Args:
        system: of the checkpoint; is given what it needs to write.
        checkpoint: ``RUN/checkpoints/NAME.ckpt``.
        config: the whole configuration.

    Returns:
        The encoder that the system's experiences are to be encoded by.

    Raises:
        InputError: the encoder or the keywords cannot be had.
    """
    described = system.hparams["encoder"]
    if not system.hears_vectors:
        return UnheardEncoder()
    if isinstance(system, UnifiedSystem):
        own = encoder_of_run(checkpoint, described, config)
        system.encoder = own if isinstance(own, CellEncoder) else None
        return own
    if not isinstance(system, KeywordCLIPSystem):
        return encoder_of_run(checkpoint, described, config)
    artefacts = Artefacts(Path(config.paths.artefacts))
    encoder = encoder_of_run(checkpoint, described, config) if described else make_encoder(config, artefacts)[0]
    if not system.words:
        system.equip(keyword_index(closed_words(config.keywords.file), encoder, artefacts))
    system.ranking = Ranking(encoder, system.index)
    return encoder


def written(
    system: System, encoder: Encoder, experiences: Sequence[Experience], *, encode_batch_size: int, batch_size: int
) -> list[dict[str, Any]]:
    """What a system writes to experiences.

    Args:
        system: equipped.
        encoder: what :func:`equipped` gave.
        experiences: each of as many steps as the system's layout has.
        encode_batch_size: experiences encoded at a time.
        batch_size: experiences written to at a time.

    Returns:
        For each its ``hypotheses``, its ``attention`` where the system has one, and what else the system tells.

    Raises:
        InputError: an experience or a picture is at fault.
    """
    sizes = {"steps": system.layout.steps, "lines_per_step": system.layout.lines_per_step}
    with encoded_for_now(experiences, encoder, batch_size=encode_batch_size, **sizes) as split:
        return list(_write(system, split, experiences, batch_size=batch_size))


@torch.inference_mode()
def _write(
    system: System, split: Split, experiences: Sequence[Experience], *, batch_size: int
) -> Iterator[dict[str, Any]]:
    items = system.dataset(split, experiences)
    for first in track(range(0, len(items), batch_size), "writing"):
        indices = range(first, min(first + batch_size, len(items)))
        batch = items.__getitems__(indices)
        texts = system.texts(batch, [items.sample(i)["id"] for i in indices])
        weights = system.attention(batch)
        attention = [{} for _ in indices] if weights is None else [{"attention": own} for own in weights]
        for hypotheses, notes, heard in zip(texts, system.notes(batch), attention, strict=True):
            yield {"hypotheses": hypotheses, **notes, **heard}
