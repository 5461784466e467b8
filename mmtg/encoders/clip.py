"""CLIP, Chinese-CLIP and SigLIP checkpoints of Hugging Face as encoders.

Letters of shapes: N items, W the width of a vector, L positions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import AutoConfig, AutoImageProcessor, AutoModel, AutoTokenizer

from mmtg.encoders.base import content_fingerprint, in_batches, pick_device
from mmtg.errors import InputError

LONGEST_ASPECT = 16
"""Pictures longer than this many times their other side lose their ends: enlarging a thread to the size a model
wants would take gigabytes."""

NOT_CONTENT = ("_name_or_path", "transformers_version")
"""Entries of a configuration that say nothing of what the model computes."""


class ClipEncoder:
    """A two-tower model with ``get_image_features`` and ``get_text_features``.

    Weights are read as plain tensors, code in the checkpoint is never run, and Pillow alone prepares pictures.

    Args:
        checkpoint: a folder, or the id of a model on the hub such as ``OFA-Sys/chinese-clip-vit-base-patch16``.
        batch_size: items that go through the model at once.
        width: W wanted; 0 takes that of the checkpoint.
        device: a name torch knows, or ``auto`` for the first GPU, or the CPU if there is none.
        dtype: of the weights and the arithmetic, a floating type of torch; vectors are float32 in any case.

    Raises:
        InputError: if there is no such checkpoint, or it is not whole, of another kind or of another width.
    """

    def __init__(
        self,
        checkpoint: str | Path,
        *,
        batch_size: int,
        width: int = 0,
        device: str = "auto",
        dtype: str = "float32",
    ) -> None:
        if batch_size < 1:
            raise InputError(f"must be at least 1, not {batch_size}", field="encoder.batch_size")
        name = _checked_name(str(checkpoint))
        self.batch_size = batch_size
        self.checkpoint = name
        self.dtype = _float_type(dtype)
        self.device = pick_device(device)
        self._config, model, self._tokenizer, self._prepare = _load(name, self.dtype)
        self._model = model.to(self.device).eval().requires_grad_(False)
        self._is_siglip = self._config.model_type.startswith("siglip")
        self._positions = min(self._config.text_config.max_position_embeddings, self._tokenizer.model_max_length)
        self.width = self.encode_texts(["。"]).shape[1]
        if width not in (0, self.width):
            raise InputError(f"the checkpoint gives {self.width}, not {width}", file=name, field="encoder.width")

    @cached_property
    def fingerprint(self) -> str:
        """Hash of weights, configuration, tokenizer and picture preparation; takes seconds for a large model."""
        config = {key: str(value) for key, value in self._config.to_diff_dict().items()}
        settings = {
            "config": {key: value for key, value in config.items() if key not in NOT_CONTENT},
            "dtype": str(self.dtype),
            "pictures": {key: str(value) for key, value in self._prepare.to_dict().items()},
            "tokens": _serialized(self._tokenizer),
        }
        return content_fingerprint(self._model.state_dict(), settings)

    def encode_images(self, pictures: Sequence[Image]) -> Tensor:
        """Encode pictures of any size and mode.

        Args:
            pictures: [N] pictures.

        Returns:
            [N, W] float32 on the CPU, rows of length 1, no gradient.
        """
        return in_batches(pictures, self._images, batch_size=self.batch_size, width=self.width)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Encode texts, each cut off at the model's number of positions.

        Args:
            texts: [N] texts.

        Returns:
            [N, W] float32 on the CPU, rows of length 1, no gradient.
        """
        return in_batches(texts, self._texts, batch_size=self.batch_size, width=getattr(self, "width", 0))

    def _images(self, pictures: Sequence[Image]) -> Tensor:
        prepared = self._prepare(images=[_plain(picture) for picture in pictures], return_tensors="pt")
        inputs = {
            name: tensor.to(self.device, self.dtype if tensor.is_floating_point() else None)
            for name, tensor in prepared.items()
        }
        return _vectors(self._model.get_image_features(**inputs))

    def _texts(self, texts: Sequence[str]) -> Tensor:
        # SigLIP was trained on lower case, padded to the full length, and sees the padding.
        texts = [text.lower() for text in texts] if self._is_siglip else list(texts)
        inputs = self._tokenizer(
            texts,
            padding="max_length" if self._is_siglip else "longest",
            truncation=True,
            max_length=self._positions,
            return_tensors="pt",
        ).to(self.device)
        wanted = {"input_ids": inputs["input_ids"]} if self._is_siglip else inputs
        return _vectors(self._model.get_text_features(**wanted))


def _checked_name(checkpoint: str) -> str:
    """Tell folders from hub ids (``owner/name``), and refuse folders that are not there."""
    path = Path(checkpoint).expanduser()
    if checkpoint and path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError("is no Hugging Face checkpoint: it has no config.json", file=path)
        return str(path)
    if path.is_file():
        raise InputError("is a file; a checkpoint is a folder", file=path)
    if not checkpoint or path.is_absolute() or checkpoint.startswith(".") or checkpoint.count("/") > 1:
        raise InputError("there is no such folder", file=checkpoint, field="encoder.checkpoint")
    return checkpoint


def _load(name: str, dtype: torch.dtype) -> tuple[Any, Any, Any, Any]:
    """Load configuration, model, tokenizer and picture preparation."""
    local: dict[str, Any] = {"trust_remote_code": False, "local_files_only": Path(name).is_dir()}
    try:
        config = AutoConfig.from_pretrained(name, **local)
        _check_kind(config, name)
        # Large checkpoints of before safetensors hold pickles; weights_only reads nothing but tensors.
        model, report = AutoModel.from_pretrained(
            name, config=config, dtype=dtype, weights_only=True, output_loading_info=True, **local
        )
        tokenizer = AutoTokenizer.from_pretrained(name, **local)
        prepare = AutoImageProcessor.from_pretrained(name, backend="pil", **local)
    except InputError:
        raise
    except Exception as error:  # transformers, tokenizers, safetensors and the hub each raise their own
        raise InputError(_reason(error, name), file=name, field="encoder.checkpoint") from error
    _check_whole(report, name)
    _check_tokens(tokenizer, config.text_config.vocab_size, name)
    return config, model, tokenizer, prepare


def _check_kind(config: Any, name: str) -> None:
    model_type = type(config)
    known = model_type in AutoModel._model_mapping and AutoModel._model_mapping[model_type]
    if not all(hasattr(known, verb) for verb in ("get_image_features", "get_text_features")):
        raise InputError(
            f"is a model of the kind {config.model_type!r}; a CLIP, Chinese-CLIP or SigLIP is wanted",
            file=name,
            field="encoder.checkpoint",
        )


def _check_whole(report: Mapping[str, Any], name: str) -> None:
    """Refuse weights that transformers filled up at random."""
    missing = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if missing:
        raise InputError(f"{len(missing)} weights are missing or of another shape, such as {missing[0]}", file=name)


def _check_tokens(tokenizer: Any, vocabulary: int, name: str) -> None:
    """Refuse the empty tokenizer that transformers makes up where the files of one are missing."""
    if len(tokenizer) < vocabulary / 2:
        raise InputError(
            f"the tokenizer is missing or of another model: it has {len(tokenizer)} tokens, the model {vocabulary}",
            file=name,
        )


def _reason(error: Exception, name: str) -> str:
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if Path(name).is_dir():
        return f"cannot be loaded: {first}"
    return f"there is no such folder, and the hub gave no such model or cannot be reached: {first}"


def _serialized(tokenizer: Any) -> Any:
    """Plain data that tell all a tokenizer does, but not how it was last called."""
    if not hasattr(tokenizer, "backend_tokenizer"):
        return sorted(tokenizer.get_vocab().items())
    backend = copy.deepcopy(tokenizer.backend_tokenizer)
    backend.no_padding()
    backend.no_truncation()
    return backend.to_str()


def _float_type(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise InputError(f"must be a floating type such as float32, not {name!r}", field="encoder.dtype")
    return dtype


def _plain(picture: Image) -> Image:
    """Convert to RGB and cut the ends off threads."""
    width, height = picture.size
    wide, high = min(width, LONGEST_ASPECT * height), min(height, LONGEST_ASPECT * width)
    left, top = (width - wide) // 2, (height - high) // 2
    cut = picture if (wide, high) == picture.size else picture.crop((left, top, left + wide, top + high))
    return cut.convert("RGB")


def _vectors(features: Any) -> Tensor:
    """Take the vectors [N, W] out of what a model gives; newer versions wrap them."""
    return features if isinstance(features, Tensor) else features.pooler_output
