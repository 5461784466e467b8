"""Texts written a token at a time: greedy, sampled, or searched with a beam (img2poem reference, section 1.5).

Letters of shapes: N texts being written, L positions, V tokens, F feature width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.decoding.beams import search
from mmtg.decoding.filters import next_token
from mmtg.decoding.line_count import LineCount
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.step_model import H, S, StepModel
from mmtg.errors import InputError

KINDS = ("greedy", "sampling", "beam")


@dataclass(frozen=True, kw_only=True)
class StepSettings:
    """How a model writes.

    Args:
        kind: "greedy", the likeliest token at every place; "sampling"; or "beam", the likeliest text that is found.
        drawing: temperature, top-k, top-p and repetition penalty of sampling; the other kinds need none.
        beams: texts that the search keeps side by side.
        length_power: a text's log-probability is divided by its length to this power before texts are compared; 0: not.

    Raises:
        InputError: a value out of its range, or sampling without its settings.
    """

    kind: str
    drawing: DecodingSettings | None = None
    beams: int = 1
    length_power: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"'{self.kind}' is unknown; choose {', '.join(KINDS)}", field="decoding.kind")
        if self.kind == "sampling" and self.drawing is None:
            raise InputError("is sampling, which needs a temperature and filters", field="decoding.kind")
        if self.beams < 1:
            raise InputError(f"is {self.beams}; must be at least 1", field="decoding.beams")
        if self.length_power < 0:
            raise InputError(f"is {self.length_power}; must be at least 0", field="decoding.length_power")


def step_settings(decoding: DecodingSettings) -> StepSettings:
    """How a model writes: by a beam if there is one; the likeliest token if ``top_k`` is 1; else drawn."""
    if decoding.beams > 1:
        return StepSettings(kind="beam", beams=decoding.beams, length_power=decoding.length_power)
    return StepSettings(kind="greedy" if decoding.top_k == 1 else "sampling", drawing=decoding)


@torch.inference_mode()
def write(
    model: StepModel[H, S],
    heard: H,
    *,
    start: int,
    end: int,
    newline: int,
    banned: Sequence[int],
    settings: StepSettings,
    length: int,
    lines: int | None,
    uniform: Tensor | None,
    line_tokens: int | None = None,
    pad: int = 0,
) -> Tensor:
    """Writes a text to each row of what is heard.

    Args:
        model: in evaluation mode.
        heard: what N texts are written to; given to ``model.start``.
        start: the token before the first.
        end: the token that ends a text.
        newline: the token between two lines.
        banned: tokens that are never written (published: UNK; here also the start token and padding).
        settings: how tokens are chosen.
        length: L.
        lines: how many lines each text has, none of them empty; None to let the model break and end at will.
        uniform: float64 [N, L] in [0, 1), which decide the draws of sampling; None for the other kinds.
        line_tokens: most tokens of a line; None for any.
        pad: what stands behind the end.

    Returns:
        ids int64 [N, L] behind the start token; a text that did not come to its end has no end token.

    Raises:
        InputError: sampling without ``uniform``, or the lines do not fit into L.
    """
    rules = LineCount(
        end=end, newline=newline, pad=pad, banned=banned, length=length, lines=lines, line_tokens=line_tokens
    )
    first = torch.full((len(heard),), start, dtype=torch.int64, device=heard.device)
    state = model.start(heard)
    if settings.kind == "beam":
        return search(model, state, first, rules, beams=settings.beams, length_power=settings.length_power)
    if settings.kind == "sampling" and uniform is None:
        raise InputError("sampling needs the numbers that decide its draws")
    drawn = uniform if settings.kind == "sampling" else None
    return _one_by_one(model, state, first, rules, settings.drawing, drawn)


def _one_by_one(
    model: StepModel[H, S],
    state: S,
    token: Tensor,
    rules: LineCount,
    drawing: DecodingSettings | None,
    uniform: Tensor | None,
) -> Tensor:
    """Texts [N, L], each token chosen for good: drawn where there are numbers [N, L] to draw by, else the likeliest."""
    ids = torch.full((len(token), rules.length), rules.pad, dtype=torch.int64, device=token.device)
    progress, counts = rules.start(len(token), token.device), None
    for place in range(rules.length):
        logits, state = model.step(token, state)
        forbidden = rules.forbidden(progress, place, logits.shape[1])
        if uniform is None or drawing is None:
            token = logits.masked_fill(forbidden, -torch.inf).argmax(dim=1)
        else:
            counts = torch.zeros_like(logits) if counts is None else counts
            token = next_token(logits, counts, forbidden, uniform[:, place], drawing)
            said = (token != rules.newline) & (token != rules.end)  # structure is never penalised
            counts.scatter_add_(1, token[:, None], said[:, None].to(counts.dtype))
        ids[:, place] = token
        progress = rules.advance(progress, token)
        if progress.ended.all():
            break
    return ids


@torch.no_grad()
def free_sample(
    model: StepModel[H, S],
    heard: H,
    *,
    start: int,
    end: int,
    length: int,
    banned: Sequence[int],
    pad: int = 0,
    temperature: float = 1.0,
    uniform: Tensor | None = None,
) -> Tensor:
    """Poems that are drawn, for REINFORCE; nothing but ``banned`` is held back.

    The model's mode is left as it is. No gradient goes through the draws; score the ids anew for one.

    Args:
        model: its own tokens are its next inputs.
        heard: what N texts are written to.
        start: the token before the first.
        end: the token that ends a text.
        length: L.
        banned: tokens that are never drawn.
        pad: what stands behind the end.
        temperature: scores are divided by it.
        uniform: [N, L] in [0, 1), which decide the draws; None: torch's own generator does.

    Returns:
        ids int64 [N, L] behind the start token.
    """
    ids = torch.full((len(heard), length), pad, dtype=torch.int64, device=heard.device)
    token, state = torch.full_like(ids[:, 0], start), model.start(heard)
    ended = torch.zeros_like(token, dtype=torch.bool)
    never = list(banned)
    for place in range(length):
        logits, state = model.step(token, state)
        logits[:, never] = -torch.inf
        chances = torch.softmax(logits.double() / temperature, dim=1)
        token = _drawn(chances, torch.rand_like(chances[:, 0]) if uniform is None else uniform[:, place])
        ids[:, place] = torch.where(ended, pad, token)
        ended = ended | (token == end)
        if ended.all():
            break
    return ids


def _drawn(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """A token for each row [N, V]: where its sum passes a number [N]. Many times faster than torch's multinomial."""
    sums = probabilities.cumsum(dim=1)
    below = uniform[:, None].to(sums) * sums[:, -1:]
    return torch.searchsorted(sums, below, right=True).clamp(max=sums.shape[1] - 1).squeeze(1)
