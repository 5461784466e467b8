"""Texts for the experiences of a file."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.encode import encode_experiences
from mmtg.data.experience import Experience
from mmtg.data.jsonl import read_jsonl
from mmtg.data.module import ExperienceDataset
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore
from mmtg.encoders.make import encoder_of_run
from mmtg.files import check_new_file, write_text
from mmtg.logging.progress import track
from mmtg.models.build import load_system
from mmtg.models.system import System
from mmtg.rundir import json_lines


def generate(config: DictConfig) -> None:
    """Writes ``task.output``: for each experience of ``task.input`` its id, topic and texts, an object a line.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in the checkpoint, the file or a picture, or the output is there already.
    """
    checkpoint, target = Path(config.task.checkpoint), Path(config.task.output)
    check_new_file(target, overwrite=config.task.overwrite)
    system = load_system(checkpoint, decoding=plain(config.decoding))
    layout = system.layout
    sizes = {"steps": layout.steps, "lines_per_step": layout.lines_per_step}
    source = Path(config.task.input)
    experiences = list(read_jsonl(source, need_lines=False, max_pixels=config.task.max_pixels, **sizes))
    encoder = encoder_of_run(checkpoint, system.hparams["encoder"], config)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        encode_experiences(
            experiences,
            encoder,
            store,
            batch_size=config.data.encode_batch_size,
            vector_dtype="float32",
            origin={},
            steps=layout.steps,
            lines_per_step=layout.lines_per_step,
        )
        texts = list(write_texts(system, ExperienceStore.open(store), batch_size=config.data.eval_batch_size))
    write_text(target, json_lines(_records(experiences, texts)))
    print(f"{target}: {len(texts)} experiences, {config.decoding.samples} text(s) each")


@torch.inference_mode()
def write_texts(system: System, store: ExperienceStore, *, batch_size: int) -> Iterator[list[list[str]]]:
    """The texts for each experience of a store, in its order."""
    items = ExperienceDataset(Split(store, np.arange(len(store))), system.layout)
    for first in track(range(0, len(items), batch_size), "writing"):
        indices = range(first, min(first + batch_size, len(items)))
        yield from system.texts(items.__getitems__(indices), [items.sample(i)["id"] for i in indices])


def _records(experiences: Sequence[Experience], texts: Sequence[list[list[str]]]) -> Iterator[dict[str, Any]]:
    for experience, hypotheses in zip(experiences, texts, strict=True):
        known = {"id": experience.id, "topic": experience.topic}
        if experience.lines:
            known["reference"] = list(experience.lines)  # type: ignore[assignment]
        yield {**known, "hypotheses": hypotheses}
