"""The decoder of cells to pixels as an artefact: trained on the pictures of training experiences, made once."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.data.posts.pixels import Opener, numbered
from mmtg.data.sources import Source
from mmtg.data.splits import Split
from mmtg.encoders.base import content_fingerprint
from mmtg.encoders.world_encoder import WorldEncoder
from mmtg.errors import InputError
from mmtg.logging.progress import stages_bar, track
from mmtg.painting.decoder import DecoderSizes, PixelDecoder
from mmtg.painting.training import Learning, train_decoder

FORMAT = 3
"""Raise it when training makes another decoder from the same settings."""

FILE = "weights.pt"


def pixel_decoder(
    settings: Mapping[str, Any],
    source: Source,
    train: Split,
    encoder: WorldEncoder,
    centroids: Tensor,
    artefacts: Artefacts,
    *,
    grid: int,
) -> PixelDecoder:
    """The decoder of the cells of a run, trained now if it is not kept.

    Args:
        settings: the section ``task.decoder``.
        source: has the pictures.
        train: the training experiences.
        encoder: sees the cells.
        centroids: [K, W] of the codebook.
        artefacts: where decoders are kept.
        grid: cells a side of a picture.

    Returns:
        The decoder, in evaluation mode.

    Raises:
        InputError: a setting is out of its range, or the artefact is broken.
    """
    others = dict(settings)
    experiences, own = int(others.pop("experiences")), {name: others.pop(name) for name in ("narrowest", "widest")}
    if experiences < 1:
        raise InputError(f"must be at least 1, not {experiences}", field="task.decoder.experiences")
    size = encoder.settings["picture_size"]
    _check_grid(encoder, int(others["feature_grid"]))
    sizes, learning = DecoderSizes(width=centroids.shape[1], grid=grid, picture_size=size, **own), Learning(**others)

    def make(folder: Path) -> None:
        pixels = _pixels(source, train, encoder, experiences)
        with stages_bar("training the decoder of pixels") as progress:
            decoder = train_decoder(pixels, encoder, centroids, sizes, learning, progress=progress)
        torch.save(decoder.state_dict(), folder / FILE)

    seen = {"encoder": encoder.fingerprint, "codebook": content_fingerprint({"centroids": centroids}, {})}
    places = fingerprint({"places": train.places[:experiences].tobytes().hex()})
    key = {"store": train.store.fingerprint, "places": places, **seen, "grid": grid, "settings": dict(settings)}
    path = artefacts.ensure("pixels-decoder", {"format": FORMAT, **key}, make)
    return _read(path / FILE, PixelDecoder(sizes))


def _check_grid(encoder: WorldEncoder, grid: int) -> None:
    """Refuses a grid of features that the encoder does not see."""
    side = encoder.settings["picture_size"]
    try:
        encoder.cells_of_pixels(np.zeros((1, side, side, 3), np.uint8), grid)
    except InputError as error:
        raise InputError("; ".join(str(error).split(": ")[1:]), field="task.decoder.feature_grid") from error


def _pixels(source: Source, train: Split, encoder: WorldEncoder, experiences: int) -> np.ndarray:
    """The pictures of the first training experiences, uint8 [M, S, S, 3]."""
    places, known = train.places[:experiences].tolist(), source.experiences("train")

    def openers() -> Iterator[Opener]:
        for place in track(places, "pictures to learn to paint from"):
            yield from (step.picture for step in known[place].steps)

    found = [encoder.pixels([picture])[0] for _, picture in numbered(openers(), source.workers)]
    if not found:
        raise InputError("has no pictures to learn to paint from", field="data")
    return np.stack(found)


def _read(path: Path, decoder: PixelDecoder) -> PixelDecoder:
    try:
        decoder.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch has many ways to say that a file is not what it should be
        what = f"cannot be read as the weights of this decoder ({type(error).__name__}); delete its folder"
        raise InputError(what, file=path) from error
    return decoder.eval()
