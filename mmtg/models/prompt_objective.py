"""What a keyword-to-poem language model is trained to do (Image2Poem reference, section 6)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mmtg.data.layout import IGNORE
from mmtg.data.prompts import Kind, Sequences
from mmtg.errors import InputError

HIDDEN_KINDS = {
    "none": (),
    "any": (Kind.HEAD, Kind.KEYWORD, Kind.CHARACTER, Kind.BAR),
    "keywords": (Kind.CHARACTER,),
}
"""What ``mask`` may hide; ``keywords`` hides of the lines' characters those of the keywords alone."""

WRITTEN = (Kind.CHARACTER, Kind.BAR, Kind.END)
"""What a model writes: all behind the prompt."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """How the language model is trained; ``conf/model/objective`` says what each field does.

    Raises:
        InputError: a value out of its range.
    """

    mask: str
    mask_rate: float
    key_weight: float
    key_shifted: bool
    count_padding: bool
    count_prompt: bool
    attend_padding: bool
    doubled_end: bool
    lines_per_visit: int | None

    def __post_init__(self) -> None:
        if self.mask not in HIDDEN_KINDS:
            what = f"'{self.mask}' is unknown; choose one of {', '.join(HIDDEN_KINDS)}"
            raise InputError(what, field="model.objective.mask")
        for name in ("mask_rate", "key_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"is {getattr(self, name)}; must be from 0 to 1", field=f"model.objective.{name}")
        if self.lines_per_visit is not None and self.lines_per_visit < 1:
            what = f"is {self.lines_per_visit}; must be at least 1, or null for all"
            raise InputError(what, field="model.objective.lines_per_visit")

    @property
    def hides(self) -> bool:
        """Whether anything is masked."""
        return self.mask != "none" and self.mask_rate > 0

    def hidden(self, sequences: Sequences) -> Tensor:
        """Draws which tokens are masked: bool [B, L]."""
        may = _is(sequences.kinds, HIDDEN_KINDS[self.mask])
        if self.mask == "keywords":
            may &= of_keywords(sequences, (Kind.KEYWORD,))
        return may & (torch.rand(may.shape, device=may.device) < self.mask_rate)

    def counted(self, kinds: Tensor) -> Tensor:
        """Which labels the language model's term counts: bool, of kinds [B, L]."""
        if self.count_padding:
            return torch.ones_like(kinds, dtype=torch.bool)
        return kinds != Kind.PAD if self.count_prompt else _is(kinds, WRITTEN)

    def key_loss(self, logits: Tensor, sequences: Sequences, hidden: Tensor) -> Tensor:
        """The key term: keywords' characters that were masked in the lines, and the bars.

        As published the masked token is to be told at its own place, where the language model's term asks for the
        next one; ``key_shifted`` asks for it at the place before, as the rest of the model does.

        Args:
            logits: [B, L, V].
            sequences: [B, L], unmasked.
            hidden: bool [B, L], what was masked.

        Returns:
            [B] mean over the labels of a text; 0 where it has none.
        """
        characters = hidden & (sequences.kinds == Kind.CHARACTER)
        key = (characters & of_keywords(sequences, (Kind.HEAD, Kind.KEYWORD))) | (sequences.kinds == Kind.BAR)
        labels = sequences.ids.masked_fill(~key, IGNORE)
        if self.key_shifted:
            logits, labels = logits[:, :-1], labels[:, 1:]
        losses = functional.cross_entropy(
            logits.float().transpose(1, 2), labels, ignore_index=IGNORE, reduction="none"
        )  # [B, L]
        return losses.sum(dim=1) / (labels != IGNORE).sum(dim=1).clamp(min=1)


def of_keywords(sequences: Sequences, kinds: tuple[Kind, ...]) -> Tensor:
    """Whether each token's character stands among those of the given kinds in its own text: bool [B, L]."""
    among = _is(sequences.kinds, kinds)  # [B, L]
    same = sequences.ids[:, :, None] == sequences.ids[:, None, :]  # [B, L, L]
    return (same & among[:, None, :]).any(dim=2)


def _is(kinds: Tensor, wanted: tuple[Kind, ...]) -> Tensor:
    return torch.isin(kinds, torch.tensor([int(kind) for kind in wanted], device=kinds.device, dtype=kinds.dtype))


@dataclass(frozen=True)
class TextLosses:
    """What a language model's training and figures need of B texts; nats."""

    trained: Tensor  # [B] the objective
    written: Tensor  # [B] mean over all that is written, unmasked in evaluation
    characters: Tensor  # [B] sum over the lines' own characters
    count: Tensor  # [B] of these characters


def masked_mean(losses: Tensor, counted: Tensor) -> Tensor:
    """Mean [B] of losses [B, L] over the counted places; 0 where there are none."""
    return (losses * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)
