"""Poem encoders: the suite's own text tower, which is trained, and a frozen BERT.

Source: img2poem reference, section 1.2. Both turn texts into numbers once (``prepare``), and those into vectors at
each step (``forward``). Letters of shapes: N poems, L positions, M the width of a poem's vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, BertConfig, BertModel

from mmtg.encoders.towers import PADDING, UNKNOWN, TextTower
from mmtg.errors import InputError

UNITS = ("character", "word")
NEWLINES = {"keep": "\n", "semicolon": " ; ", "separator": " [SEP] "}
"""What BERT is given for a line break: itself (white space to BERT, as in one port), `` ; `` (the other), or [SEP]."""


def pieces(text: str, unit: str) -> list[str]:
    """A text's characters; or its words, with a line break as a word."""
    return list(text) if unit == "character" else text.replace("\n", " \n ").split(" ")


class TowerPoems(nn.Module):
    """The text tower of the world's encoder over characters, or over words for languages that space them.

    Args:
        known: the pieces it knows, each once; all others are one unknown piece.
        unit: ``character`` or ``word``.
        piece_width: numbers in the vector of a piece.
        width: M.
        longest: pieces of a poem that are read.

    Raises:
        InputError: no such unit, or a number does not fit.
    """

    def __init__(self, *, known: Sequence[str], unit: str, piece_width: int, width: int, longest: int) -> None:
        super().__init__()
        if unit not in UNITS:
            raise InputError(f"'{unit}' is unknown; choose {' or '.join(UNITS)}", field="encoder.poem.unit")
        if min(piece_width, width, longest) < 1:
            raise InputError("piece_width, width and longest must be positive", field="encoder.poem")
        self.unit, self.longest, self.width = unit, longest, width
        self._numbers = {piece: number for number, piece in enumerate(known, start=UNKNOWN + 1)}
        self.tower = TextTower(UNKNOWN + 1 + len(known), piece_width, width)

    def prepare(self, texts: Sequence[str]) -> Tensor:
        """Numbers [N, L] of the pieces of texts, padded at the end."""
        rows = [[self._numbers.get(p, UNKNOWN) for p in pieces(text, self.unit) if p] for text in texts]
        rows = [row[: self.longest] or [UNKNOWN] for row in rows]
        longest = max(map(len, rows), default=1)
        return torch.tensor([row + [PADDING] * (longest - len(row)) for row in rows]).reshape(len(rows), longest)

    def forward(self, prepared: Tensor) -> Tensor:
        """Vectors [N, M]."""
        return self.tower(prepared)


class BertPoems(nn.Module):
    """A frozen BERT's pooled output.

    Args:
        config: of the model, plain data.
        tokenizer: of its texts.
        newlines: a key of NEWLINES.
        longest: tokens of a poem that are read.
        batch_size: poems that go through BERT at once.

    Raises:
        InputError: no such way with line breaks.
    """

    def __init__(self, *, config: dict[str, Any], tokenizer: Any, newlines: str, longest: int, batch_size: int) -> None:
        super().__init__()
        if newlines not in NEWLINES:
            raise InputError(f"'{newlines}' is unknown; choose {', '.join(NEWLINES)}", field="encoder.poem.newlines")
        self.bert = BertModel(BertConfig(**config)).eval().requires_grad_(False)
        self.tokenizer, self.newlines, self.batch_size = tokenizer, newlines, batch_size
        self.longest = min(longest, self.bert.config.max_position_embeddings)
        self.width = int(self.bert.config.hidden_size)

    def train(self, mode: bool = True) -> BertPoems:
        """BERT stays as it is: without dropout."""
        super().train(mode)
        self.bert.eval()
        return self

    @torch.no_grad()
    def prepare(self, texts: Sequence[str]) -> Tensor:
        """Pooled outputs [N, M] of texts, through tanh; [CLS], tokens and [SEP] are read."""
        parts = [self._pooled(texts[at : at + self.batch_size]) for at in range(0, len(texts), self.batch_size)]
        return torch.cat(parts) if parts else torch.zeros(0, self.width)

    def forward(self, prepared: Tensor) -> Tensor:
        """The pooled outputs [N, M] as they are: nothing here is trained."""
        return prepared

    def _pooled(self, texts: Sequence[str]) -> Tensor:
        plain = [text.replace("\n", NEWLINES[self.newlines]) for text in texts]
        inputs = self.tokenizer(plain, padding="longest", truncation=True, max_length=self.longest, return_tensors="pt")
        pooled: Tensor = self.bert(**inputs.to(self.bert.device)).pooler_output
        return pooled


def bert_poems(folder: Path, *, newlines: str, longest: int, batch_size: int) -> BertPoems:
    """The BERT of a transformers folder.

    Args:
        folder: with configuration, weights and tokenizer.
        newlines: a key of NEWLINES.
        longest: tokens of a poem that are read.
        batch_size: poems that go through BERT at once.

    Returns:
        The poem encoder.

    Raises:
        InputError: the folder holds no whole BERT.
    """
    field = "encoder.poem.bert"
    if not (folder / "config.json").is_file():
        raise InputError("is no folder of a transformers BERT: it has no config.json", file=folder, field=field)
    try:
        loaded: Any = BertModel.from_pretrained(
            str(folder), local_files_only=True, weights_only=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
        config = BertConfig.from_pretrained(str(folder), local_files_only=True).to_dict()
    except Exception as error:  # transformers, tokenizers and safetensors each raise their own
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"cannot be loaded as BERT: {first}", file=folder, field=field) from error
    model, report = loaded
    if missing := sorted(map(str, report["missing_keys"])):
        raise InputError(f"{len(missing)} weights are missing, such as {missing[0]}", file=folder, field=field)
    poems = BertPoems(config=config, tokenizer=tokenizer, newlines=newlines, longest=longest, batch_size=batch_size)
    poems.bert.load_state_dict(model.state_dict())
    return poems
