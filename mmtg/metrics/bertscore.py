"""BERTScore over a local transformer (Zhang et al., 2020).

Letters of shapes: N texts, L tokens of the longest, W width.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from mmtg.encoders.base import pick_device
from mmtg.errors import InputError
from mmtg.metrics.base import HypothesisMetric
from mmtg.metrics.text import Item

Pair = tuple[str, str]
"""A hypothesis and a reference."""


@dataclass(frozen=True)
class Likeness:
    """Precision, recall and F of one pair, at most 1; 0 if either text is empty."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean; 0 where it is not defined."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class BertScorer:
    """Greedy matching of contextual token vectors, without idf weights and without rescaling.

    Every token finds its most similar token on the other side, [CLS] and [SEP] among them, which themselves do not
    count, as in bert-score 0.3.11.

    Args:
        folder: a Hugging Face model with its tokenizer; nothing is downloaded.
        layer: take the output of this layer; 8 is usual for bert-base-chinese, 0 are the embeddings.
        batch_size: pairs at once.
        device: a name torch knows, or ``auto``.

    Raises:
        InputError: the folder holds no model, or it has fewer layers.
    """

    def __init__(self, folder: str | Path, *, layer: int, batch_size: int, device: str = "auto") -> None:
        self.layer, self.batch_size, self.device = layer, batch_size, pick_device(device)
        self._tokenizer, model = _load(Path(folder))
        layers = model.config.num_hidden_layers
        if not 0 <= layer <= layers:
            raise InputError(f"is {layer}, but the model has the layers 0 to {layers}", file=folder, field="layer")
        self._model = model.to(self.device).eval().requires_grad_(False)
        self._known: dict[Pair, Likeness] = {}

    def learn(self, pairs: Iterable[Pair]) -> None:
        """Scores those of the pairs that are new."""
        new = sorted({pair for pair in pairs if pair not in self._known}, key=lambda pair: (len(pair[0]), pair))
        for first in range(0, len(new), self.batch_size):
            batch = new[first : first + self.batch_size]
            self._known.update(zip(batch, self._score(batch), strict=True))

    def __getitem__(self, pair: Pair) -> Likeness:
        return self._known[pair]

    @torch.no_grad()
    def _score(self, pairs: Sequence[Pair]) -> list[Likeness]:
        have, my_tokens, my_words = self._embed([hypothesis for hypothesis, _ in pairs])
        want, their_tokens, their_words = self._embed([reference for _, reference in pairs])
        likeness = have @ want.transpose(1, 2)  # [N, L of hypotheses, L of references]
        to_theirs = likeness.masked_fill(~their_tokens[:, None], -torch.inf).amax(2)
        to_mine = likeness.masked_fill(~my_tokens[:, :, None], -torch.inf).amax(1)
        both = my_words.any(1) & their_words.any(1)
        precision, recall = _mean(to_theirs, my_words) * both, _mean(to_mine, their_words) * both
        return [Likeness(*numbers) for numbers in zip(precision.tolist(), recall.tolist(), strict=True)]

    def _embed(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Unit vectors [N, L, W], which are tokens [N, L], and which of those are words [N, L]."""
        inputs = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings),
            return_special_tokens_mask=True,
            return_tensors="pt",
        ).to(self.device)
        special = inputs.pop("special_tokens_mask").bool()
        hidden = self._model(**inputs, output_hidden_states=True).hidden_states[self.layer]
        tokens = inputs["attention_mask"].bool()
        return torch.nn.functional.normalize(hidden.double(), dim=-1), tokens, tokens & ~special


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the masked of [N, L]; 0 if there are none."""
    return values.where(mask, 0).sum(1) / mask.sum(1).clamp(min=1)


def _load(folder: Path) -> tuple[Any, Any]:
    if not (folder / "config.json").is_file():
        raise InputError("is no folder of a Hugging Face model: it has no config.json", file=folder)
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **local)
        model, report = AutoModel.from_pretrained(folder, weights_only=True, output_loading_info=True, **local)
    except Exception as error:  # transformers, tokenizers and safetensors each raise their own
        raise InputError(f"cannot be loaded: {error}", file=folder) from error
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        raise InputError(f"{len(missing)} weights are missing, such as {missing[0]}", file=folder)
    if len(tokenizer) < model.config.vocab_size / 2:  # transformers makes up an empty one where its files are missing
        raise InputError(f"the tokenizer has {len(tokenizer)} tokens, the model {model.config.vocab_size}", file=folder)
    return tokenizer, model


class BERTScore(HypothesisMetric):
    """Mean of one part of BERTScore; of several references the best one counts.

    Args:
        scorer: the model; metrics of several parts may share one.
        part: ``precision``, ``recall`` or ``f1``.
    """

    def __init__(self, scorer: BertScorer, *, part: str = "f1") -> None:
        super().__init__()
        self.scorer, self.part = scorer, part

    def update(self, items: Sequence[Item]) -> None:
        """Adds experiences, their pairs scored in batches."""
        self.scorer.learn(
            (text.string, true.string) for item in items for text in item.hypotheses for true in item.references
        )
        super().update(items)

    def score(self, item: Item, index: int) -> float:
        """BERTScore of one hypothesis."""
        found = [self.scorer[item.hypotheses[index].string, true.string] for true in item.references]
        return max(float(getattr(likeness, self.part)) for likeness in found)
