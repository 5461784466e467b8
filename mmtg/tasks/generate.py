"""Texts for the experiences of a file, or for one picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.config.typed import typed_sections
from mmtg.data.experience import Experience, Step
from mmtg.data.jsonl import read_jsonl
from mmtg.data.layout import Layout
from mmtg.data.passing import encoded_for_now
from mmtg.data.splits import Split
from mmtg.decoding.ranking import Ranking
from mmtg.encoders.base import CellEncoder, Encoder
from mmtg.encoders.make import encoder_of_run, make_encoder
from mmtg.encoders.pictures import PictureFile
from mmtg.encoders.precomputed import UnheardEncoder
from mmtg.errors import InputError
from mmtg.files import check_new_file, write_text
from mmtg.keywords import closed_words, keyword_index
from mmtg.logging.progress import track
from mmtg.models.build import load_system
from mmtg.models.keyword_clip import GIVEN_ANEW, KeywordCLIPSystem
from mmtg.models.system import System
from mmtg.models.unified_system import UnifiedSystem
from mmtg.rundir import json_lines


def generate(config: DictConfig) -> None:
    """Writes ``task.output``: for each experience of ``task.input`` its id, topic and texts, an object a line.

    With ``task.image`` there is one experience, whose steps all show that picture; its texts are printed too.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in the checkpoint, the file or a picture, or the output is there already.
    """
    if (config.task.input is None) == (config.task.image is None):
        raise InputError("give one of the two, as KEY=VALUE", field="task.input, task.image")
    checkpoint, target = Path(config.task.checkpoint), Path(config.task.output)
    check_new_file(target, overwrite=config.task.overwrite)
    system = load_system(checkpoint, decoding=plain(config.decoding), model=typed_sections(config, GIVEN_ANEW))
    layout = system.layout
    experiences = _experiences(config, layout)
    encoder = _equipped(system, checkpoint, config)
    sizes = {"steps": layout.steps, "lines_per_step": layout.lines_per_step}
    with encoded_for_now(experiences, encoder, batch_size=config.data.encode_batch_size, **sizes) as split:
        texts = list(write_texts(system, split, experiences, batch_size=config.data.eval_batch_size))
    records = list(_records(experiences, texts))
    write_text(target, json_lines(records))
    if config.task.image is not None:
        _show(records[0])
    print(f"{target}: {len(texts)} experiences, {config.decoding.samples} text(s) each")


def _experiences(config: DictConfig, layout: Layout) -> list[Experience]:
    """Those of the file; or one whose steps all show the picture."""
    limit = config.task.max_pixels
    if config.task.image is None:
        sizes = {"steps": layout.steps, "lines_per_step": layout.lines_per_step}
        return list(read_jsonl(Path(config.task.input), need_lines=False, max_pixels=limit, **sizes))
    path = Path(config.task.image)
    picture = PictureFile(path, path, "task.image", "task.image", limit)
    return [Experience(path.name, "", (Step(picture=picture, picture_key=str(path)),) * layout.steps)]


def _equipped(system: System, checkpoint: Path, config: DictConfig) -> Encoder:
    """The encoder of the checkpoint's run; a keyword system of poems alone gets the configured one, and keywords."""
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


def _show(record: dict[str, Any]) -> None:
    for words in record.get("keywords", []):
        print(" ".join(words))
    for lines in record["hypotheses"]:
        print("\n".join(["", *lines]))
    print()


@torch.inference_mode()
def write_texts(
    system: System, split: Split, experiences: Sequence[Experience], *, batch_size: int
) -> Iterator[dict[str, Any]]:
    """The ``hypotheses`` for each experience of a split, in its order, and what else the system tells of them."""
    items = system.dataset(split, experiences)
    for first in track(range(0, len(items), batch_size), "writing"):
        indices = range(first, min(first + batch_size, len(items)))
        batch = items.__getitems__(indices)
        texts = system.texts(batch, [items.sample(i)["id"] for i in indices])
        for hypotheses, notes in zip(texts, system.notes(batch), strict=True):
            yield {"hypotheses": hypotheses, **notes}


def _records(experiences: Sequence[Experience], texts: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for experience, written in zip(experiences, texts, strict=True):
        known = {"id": experience.id, "topic": experience.topic}
        if experience.lines:
            known["reference"] = list(experience.lines)  # type: ignore[assignment]
        yield {**known, **written}
