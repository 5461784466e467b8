"""The encoders of data that bring their vectors, and of systems that need none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import torch

from mmtg.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image


class PrecomputedEncoder:
    """Stands where an encoder is wanted when every vector is in the data already; encodes nothing.

    Args:
        width: W, the width of the vectors in the data (MMTG's released data: 2048).

    Raises:
        InputError: if the width is not positive.
    """

    def __init__(self, width: int) -> None:
        if width < 1:
            raise InputError(f"must be at least 1, not {width}", field="encoder.width")
        self.width = width
        self.fingerprint = f"precomputed-{width}"

    def encode_images(self, pictures: Sequence[Image]) -> NoReturn:
        """Refuse: there is no model to encode pictures with."""
        raise _refusal("a picture")

    def encode_texts(self, texts: Sequence[str]) -> NoReturn:
        """Refuse: there is no model to encode texts with."""
        raise _refusal(f"the text {texts[0][:40]!r}" if texts else "a text")


class UnheardEncoder:
    """Stands where an encoder is wanted though nobody hears it: for systems that look and read for themselves.

    Its vectors are of width 1, all zeros.
    """

    width = 1
    fingerprint = "unheard"

    def encode_images(self, pictures: Sequence[Image]) -> torch.Tensor:
        """Zeros [N, 1]."""
        return torch.zeros(len(pictures), self.width)

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Zeros [N, 1]."""
        return torch.zeros(len(texts), self.width)


def _refusal(what: str) -> InputError:
    return InputError(
        f"{what} has no vector in the data, and encoder=precomputed cannot make one; "
        "give the vector with the data, or choose encoder=clip or encoder=world",
        field="encoder",
    )
