"""img2poem's embedding as an encoder of the suite: pictures and texts to unit vectors of the joint space.

Letters of shapes: N items, V width of the visual nets together, K width of the joint space.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import AutoTokenizer

from mmtg.encoders.base import content_fingerprint, in_batches, one_thread, whole
from mmtg.encoders.img2poem.model import Img2PoemModel, PoemEncoder
from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.img2poem.poems import BertPoems, TowerPoems
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.files import build_folder, write_json

FORMAT = 1
SETTINGS_FILE, WEIGHTS_FILE, TOKENIZER = "encoder.json", "weights.pt", "tokenizer"


class Img2PoemEncoder:
    """Visual nets, poem encoder and projections; made by ``task=encoder``, or by any run that needs it.

    Args:
        settings: plain data: ``width``, ``nets``, ``picture``, ``poem`` (``kind`` and its arguments), ``batch_size``.
        tokenizer: of BERT; None for the text tower.

    Raises:
        InputError: a setting does not fit.
    """

    def __init__(self, settings: dict[str, Any], tokenizer: Any = None) -> None:
        if settings["batch_size"] < 1:
            raise InputError(f"must be at least 1, not {settings['batch_size']}", field="encoder.batch_size")
        self.settings = settings
        self.width, self.batch_size = int(settings["width"]), int(settings["batch_size"])
        self.reading = reading_of(settings["picture"])
        nets = VisualNets(**settings["nets"])
        self.model = Img2PoemModel(nets, _poems(settings["poem"], tokenizer), self.width).eval()

    @property
    def feature_width(self) -> int:
        """V, the width of what :meth:`features` gives."""
        return self.model.nets.width

    @cached_property
    def fingerprint(self) -> str:
        """Hash of weights and settings; asked for after training."""
        lasting = {name: value for name, value in self.settings.items() if name != "batch_size"}
        return content_fingerprint(self.model.state_dict(), lasting)

    def encode_images(self, pictures: Sequence[Image]) -> Tensor:
        """Encode pictures of any size and mode.

        Args:
            pictures: [N] pictures.

        Returns:
            [N, K] float32, rows of length 1, no gradient.
        """
        with one_thread():
            return in_batches(
                pictures, lambda some: self.model.images(self._seen(some)), batch_size=self.batch_size, width=self.width
            )

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Encode texts: words, lines, or poems with their lines joined by newlines.

        Args:
            texts: [N] texts; those too long are cut off.

        Returns:
            [N, K] float32, rows of length 1, no gradient.
        """
        prepare = self.model.poems.prepare
        with one_thread():
            return in_batches(
                texts, lambda some: self.model.texts(prepare(some)), batch_size=self.batch_size, width=self.width
            )

    @torch.no_grad()
    def features(self, pictures: Sequence[Image]) -> Tensor:
        """What the visual nets see, before the joint space, as the released generator takes it (reference, 1.4).

        Args:
            pictures: [N] pictures.

        Returns:
            [N, V] float32, of any length, no gradient.
        """
        starts = range(0, len(pictures), self.batch_size)
        with one_thread():
            parts = [self._seen(pictures[start : start + self.batch_size]) for start in starts]
        return torch.cat(parts) if parts else torch.zeros(0, self.feature_width)

    def _seen(self, pictures: Sequence[Image]) -> Tensor:
        pixels = torch.from_numpy(self.reading.pixels(pictures))
        seen: Tensor = self.model.nets(self.reading.normalised(pixels))
        return seen

    def save(self, path: str | Path) -> None:
        """Write the encoder to a folder, whole or not at all.

        Args:
            path: a folder that is not there yet, or is empty.

        Raises:
            InputError: if the folder holds anything.
        """
        with build_folder(path) as folder:
            torch.save(self.model.state_dict(), folder / WEIGHTS_FILE)
            if isinstance(self.model.poems, BertPoems):
                self.model.poems.tokenizer.save_pretrained(folder / TOKENIZER)
            about = {"format": FORMAT, "fingerprint": self.fingerprint, "settings": self.settings}
            write_json(folder / SETTINGS_FILE, about)

    @classmethod
    def load(cls, path: str | Path) -> Img2PoemEncoder:
        """Read an encoder that ``save`` wrote.

        Args:
            path: the folder.

        Returns:
            The encoder.

        Raises:
            InputError: if the folder holds no whole encoder.
        """
        described, weights_file = _described(Path(path) / SETTINGS_FILE), Path(path) / WEIGHTS_FILE
        return whole(
            lambda: cls(described["settings"], _tokenizer(Path(path) / TOKENIZER)),
            weights_file,
            described["fingerprint"],
        )


def reading_of(picture: dict[str, Any]) -> Reading:
    """The section ``picture`` of the configuration as what it describes."""
    return Reading(**{**picture, "mean": tuple(picture["mean"]), "std": tuple(picture["std"])})


def _poems(poem: dict[str, Any], tokenizer: Any) -> PoemEncoder:
    settings = {name: value for name, value in poem.items() if name != "kind"}
    return TowerPoems(**settings) if poem["kind"] == "tower" else BertPoems(tokenizer=tokenizer, **settings)


def _tokenizer(folder: Path) -> Any:
    if not folder.is_dir():
        return None
    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)


def _described(path: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise InputError(f"is not of format {FORMAT}; train the encoder again", file=path)
        return {name: described[name] for name in ("settings", "fingerprint")}
    except FileNotFoundError:
        raise InputError("is no encoder of img2poem: it has no encoder.json", file=path.parent) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("is not the description of an encoder", file=path) from None
