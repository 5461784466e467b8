"""Pictures with the poems of a corpus that lie nearest: expansion by retrieval, as MultiM-Poem (Ex) was made."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.encoders.base import Encoder
from mmtg.encoders.img2poem import Img2PoemEncoder
from mmtg.encoders.img2poem.corpus import Pictured, read_pictured, read_poems
from mmtg.encoders.img2poem.expansion import distinct, nearest_poems, same_text
from mmtg.encoders.make import make_encoder
from mmtg.errors import InputError
from mmtg.files import check_new_file, write_text
from mmtg.logging.progress import track
from mmtg.rundir import json_lines

log = logging.getLogger(__name__)


def expand(config: DictConfig) -> None:
    """Writes ``task.output``: a pair a line: ``id``, ``poem``, ``image_url`` and ``cosine``.

    The names are those of MultiM-Poem. Each picture of ``task.input`` gets its own poem, if ``task.keep_own``, and the
    ``task.nearest`` poems of
    ``task.poems``. No pair of picture and poem is written twice.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in a file or a picture, or the output is there already.
    """
    task, target = config.task, Path(config.task.output)
    check_new_file(target, overwrite=task.overwrite)
    if task.nearest < 1:
        raise InputError(f"must be at least 1, not {task.nearest}", field="task.nearest")
    texts = distinct(read_poems(Path(task.poems)))
    pictured, missing = _pictured(config)
    if not texts or not pictured:
        what = f"there are {len(pictured)} pictures and {len(texts)} poems to choose from"
        raise InputError(what, file=task.input if texts else task.poems)
    if missing:
        log.warning("%d of %d pictures are not in %s", missing, missing + len(pictured), task.images)
    records = list(_records(pictured, texts, _encoder(config), config))
    write_text(target, json_lines(records))
    print(f"{target}: {len(records)} pairs of {len(pictured)} pictures")


def _pictured(config: DictConfig) -> tuple[list[Pictured], int]:
    task = config.task
    images = Path(task.images) if task.images is not None else None
    sizes = {"steps": config.data.steps, "lines_per_step": config.data.lines_per_step}
    return read_pictured(Path(task.input), images, max_pixels=task.max_pixels, **sizes)


def _encoder(config: DictConfig) -> Encoder:
    """The encoder in the folder of a run; else the configured one."""
    if config.task.encoder is not None:
        return Img2PoemEncoder.load(config.task.encoder)
    return make_encoder(config, Artefacts(Path(config.paths.artefacts)))[0]


def _records(
    pictured: Sequence[Pictured], texts: list[str], encoder: Encoder, config: DictConfig
) -> Iterator[dict[str, Any]]:
    size = config.task.batch_size
    poems = encoder.encode_texts(texts)
    seen: set[tuple[str, str]] = set()
    number = 0
    for start in track(range(0, len(pictured), size), "nearest poems"):
        some = pictured[start : start + size]
        images = encoder.encode_images([each.picture() for each in some])
        own = [each.poem for each in some]
        found = nearest_poems(images, poems, texts, own, count=config.task.nearest, batch_size=size)
        for each, chosen in zip(some, found, strict=True):
            pairs: list[tuple[str, float | None]] = [(texts[place], round(cosine, 6)) for place, cosine in chosen]
            if config.task.keep_own and each.poem:
                pairs.insert(0, (each.poem, None))
            for poem, cosine in pairs:
                if (key := (each.name, same_text(poem))) not in seen:
                    seen.add(key)
                    yield {"id": number, "poem": poem, "image_url": each.name, "cosine": cosine}
                    number += 1
