"""Texts for the experiences of a file, or for one picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.config.typed import typed_sections
from mmtg.data.experience import Experience, Step
from mmtg.data.jsonl import read_jsonl
from mmtg.data.layout import Layout
from mmtg.encoders.pictures import PictureFile
from mmtg.errors import InputError
from mmtg.files import check_new_file, write_text
from mmtg.generating import equipped, written
from mmtg.models.build import load_system
from mmtg.models.keyword_clip import GIVEN_ANEW
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
    experiences = _experiences(config, system.layout)
    encoder = equipped(system, checkpoint, config)
    sizes = {"encode_batch_size": config.data.encode_batch_size, "batch_size": config.data.eval_batch_size}
    texts = written(system, encoder, experiences, **sizes)
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


def _show(record: dict[str, Any]) -> None:
    for words in record.get("keywords", []):
        print(" ".join(words))
    for lines in record["hypotheses"]:
        print("\n".join(["", *lines]))
    print()


def _records(experiences: Sequence[Experience], texts: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for experience, found in zip(experiences, texts, strict=True):
        known = {"id": experience.id, "topic": experience.topic}
        if experience.lines:
            known["reference"] = list(experience.lines)  # type: ignore[assignment]
        yield {**known, **found}
