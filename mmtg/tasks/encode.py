"""Experiences as JSON lines to a store."""

from pathlib import Path

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.data.encode import encode_experiences
from mmtg.data.jsonl import read_jsonl
from mmtg.encoders.make import make_encoder
from mmtg.files import check_free
from mmtg.logging.progress import track


def encode(config: DictConfig) -> None:
    """Encodes ``task.input`` with the configured encoder into the store ``task.output``.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a mistake in the file or in a picture.
    """
    source, target = Path(config.task.input), Path(config.task.output)
    check_free(target, overwrite=config.task.overwrite)
    sizes = {"steps": config.data.steps, "lines_per_step": config.data.lines_per_step}
    experiences = list(read_jsonl(source, need_lines=False, max_pixels=config.task.max_pixels, **sizes))
    encoder, _ = make_encoder(config, Artefacts(Path(config.paths.artefacts)))
    encode_experiences(
        track(experiences, f"encoding {source}"),
        encoder,
        target,
        batch_size=config.data.encode_batch_size,
        vector_dtype=config.data.vector_dtype,
        origin={"source": source.name, "encoder": encoder.fingerprint},
        overwrite=config.task.overwrite,
        **sizes,
    )
    print(f"{target}: {len(experiences)} experiences, vectors {encoder.width} wide")
