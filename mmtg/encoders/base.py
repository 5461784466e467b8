"""What every encoder can do, and the helpers they share.

Letters of shapes: N items, W the width of a vector.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from mmtg.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
E = TypeVar("E", bound="Trained")


class Trained(Protocol):
    """An encoder that is trained here, and saved with its weights."""

    @property
    def model(self) -> torch.nn.Module:
        """What holds the weights."""

    @property
    def fingerprint(self) -> str:
        """Identity of weights and settings."""


@runtime_checkable
class Encoder(Protocol):
    """Maps pictures and texts to unit vectors of one space.

    What it gives is the same in every call and does not depend on what else is in the call, to about 1e-6.
    """

    @property
    def width(self) -> int:
        """W, the width of every vector."""

    @property
    def fingerprint(self) -> str:
        """Identity of weights and settings: encoders with equal fingerprints give equal vectors."""

    def encode_images(self, pictures: Sequence[Image]) -> Tensor:
        """Encode pictures of any size.

        Args:
            pictures: [N] pictures; all but RGB are converted.

        Returns:
            [N, W] float32 on the CPU, rows of length 1, no gradient.
        """

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Encode texts of any length; what is too long for the encoder is cut off at its end.

        Args:
            texts: [N] texts.

        Returns:
            [N, W] float32 on the CPU, rows of length 1, no gradient.
        """


@runtime_checkable
class CellEncoder(Protocol):
    """An encoder that can also look at parts of pictures; C is the number of things that it sees."""

    @property
    def fingerprint(self) -> str:
        """Identity of weights and settings."""

    @property
    def cell_width(self) -> int:
        """2C, the width of a cell's vector."""

    def encode_cells(self, pictures: Sequence[Image], grid: int) -> Tensor:
        """Look at cells of pictures.

        Args:
            pictures: [N] pictures; all but RGB are converted.
            grid: cells a side, G.

        Returns:
            [N, G * G, 2C] float32 on the CPU, row by row, no gradient: means over a cell, then maxima.
        """

    def cells_to_pictures(self) -> tuple[Tensor, Tensor]:
        """The linear map from cells that :func:`mmtg.encoders.towers.together` joined to whole pictures' directions.

        Returns:
            Weights [W, 2C] and bias [W].
        """


def unit(vectors: Tensor) -> Tensor:
    """Scale vectors [..., W] to length 1; zeros stay zeros."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


@torch.no_grad()
def in_batches(items: Sequence[T], encode: Callable[[Sequence[T]], Tensor], *, batch_size: int, width: int) -> Tensor:
    """Encode a few items at a time into unit vectors.

    Args:
        items: [N] items.
        encode: gives [n, W] for n items.
        batch_size: the largest n.
        width: W, the width of the answer if there are no items.

    Returns:
        [N, W] float32 on the CPU, rows of length 1, no gradient.
    """
    starts = range(0, len(items), batch_size)
    parts = [unit(encode(items[start : start + batch_size])).cpu() for start in starts]
    return torch.cat(parts) if parts else torch.zeros(0, width)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread while this lasts.

    For small models that is as fast as several threads, many times faster beside other busy programs, and the
    numbers do not depend on how many cores there are.

    Yields:
        Nothing.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def content_fingerprint(weights: Mapping[str, Tensor], settings: Mapping[str, Any]) -> str:
    """Hash weights and settings.

    Args:
        weights: tensors by name, as in a state dict; where they lie makes no difference.
        settings: plain JSON data.

    Returns:
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode())
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def whole(make: Callable[[], E], weights_file: Path, fingerprint: str) -> E:
    """Make an encoder that was saved, and see that it is the one.

    Args:
        make: makes it of its settings; its weights are those of ``model``.
        weights_file: holds them.
        fingerprint: that it had when it was saved.

    Returns:
        The encoder.

    Raises:
        InputError: if the weights are missing, cannot be read, or are of another encoder.
    """
    try:
        encoder = make()
        encoder.model.load_state_dict(torch.load(weights_file, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise InputError("is missing: the encoder is not whole", file=weights_file) from None
    except InputError:
        raise
    except Exception as error:  # torch has many ways to say that a file is not what it should be
        what = f"cannot be read as the weights of this encoder ({type(error).__name__})"
        raise InputError(what, file=weights_file) from error
    if encoder.fingerprint != fingerprint:
        raise InputError("does not belong to encoder.json beside it", file=weights_file)
    return encoder


def pick_device(device: str) -> torch.device:
    """Find the device of a name.

    Args:
        device: a name torch knows, or ``auto`` for the first GPU, or the CPU if there is none.

    Returns:
        The device.

    Raises:
        InputError: if torch knows no such name.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(device)
    except RuntimeError:
        raise InputError(f"torch knows no device {device!r}; give cpu, cuda or auto", field="device") from None
