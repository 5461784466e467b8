"""From scores to one token: repetition penalty, temperature, top-k, top-p, draw (MMTG reference, section 5)."""

import torch
from torch import Tensor

from mmtg.decoding.settings import DecodingSettings


def standard_penalty(logits: Tensor, counts: Tensor, penalty: float) -> Tensor:
    """Lowers every token that occurred, once: positive scores are divided, negative ones multiplied (Keskar 2019).

    Args:
        logits: [N, V].
        counts: [N, V] earlier occurrences of each token.
        penalty: above 1 discourages repetition.

    Returns:
        [N, V].
    """
    lowered = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(counts > 0, lowered, logits)


def published_penalty(logits: Tensor, counts: Tensor, penalty: float) -> Tensor:
    """Divides once per earlier occurrence, whatever the sign, as the published code does (section 5.3).

    A negative score therefore rises towards 0: the token becomes likelier.

    Args:
        logits: [N, V].
        counts: [N, V] earlier occurrences of each token.
        penalty: divisor.

    Returns:
        [N, V].
    """
    return logits / torch.pow(penalty, counts.to(logits.dtype))


def draw(logits: Tensor, uniform: Tensor, *, top_k: int, top_p: float) -> Tensor:
    """One token a row, from what top-k and then top-p leave.

    Top-p keeps the likeliest tokens up to and with the one whose cumulative probability crosses ``top_p``.

    Args:
        logits: [N, V], -inf where forbidden.
        uniform: [N] numbers in [0, 1) that decide the draw.
        top_k: candidates; 0 for all.
        top_p: 0 or 1 for off.

    Returns:
        [N] token ids.
    """
    if not 0 < top_p < 1:
        top_p = 1.0
    if not top_k and top_p == 1:
        return _place(torch.softmax(logits.double(), dim=1), uniform)
    probabilities, ids = _likeliest(logits, top_k=top_k, top_p=top_p)  # [N, k], descending
    before = probabilities.cumsum(dim=1) - probabilities
    place = _place(probabilities.masked_fill(before > top_p, 0.0), uniform)
    return ids.gather(1, place[:, None]).squeeze(1)


def _place(weights: Tensor, uniform: Tensor) -> Tensor:
    """The column [N] that a number in [0, 1) falls on, of weights [N, k] which need not add up to 1."""
    cumulative = weights.cumsum(dim=1)
    return (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(dim=1).clamp(max=weights.shape[1] - 1)


def _likeliest(logits: Tensor, *, top_k: int, top_p: float) -> tuple[Tensor, Tensor]:
    """Probabilities float64 [N, k] of the likeliest tokens, descending, and their ids.

    Without ``top_k`` they are as many as ``top_p`` needs, found by partial sorts of growing size: those of the whole
    vocabulary are hardly ever needed, and sorting it would take longer than the model.
    """
    most = logits.shape[1]
    if top_k:
        values, ids = torch.topk(logits, min(top_k, most), dim=1)
        return torch.softmax(values.double(), dim=1), ids
    whole = logits.double().logsumexp(dim=1, keepdim=True)  # [N, 1]
    k = min(FIRST_SORTED, most)
    while True:
        values, ids = torch.topk(logits, k, dim=1)
        probabilities = (values.double() - whole).exp()
        if k == most or bool((probabilities.sum(dim=1) > top_p).all()):
            return probabilities, ids
        k = min(4 * k, most)


FIRST_SORTED = 64
"""Tokens among which top-p looks first; any number gives the same draws."""

_PENALTIES = {"standard": standard_penalty, "published": published_penalty}


def next_token(
    logits: Tensor,
    counts: Tensor,
    forbidden: Tensor,
    uniform: Tensor,
    settings: DecodingSettings,
    *,
    written: Tensor | None = None,
) -> Tensor:
    """One token a row, drawn as the settings say.

    Args:
        logits: [N, V].
        counts: [N, V] earlier occurrences of each token, or [N, S] with ``written``.
        forbidden: [V] bool, tokens that may not be drawn.
        uniform: [N] numbers in [0, 1) that decide the draw.
        settings: penalty, temperature, filters.
        written: int64 [N, S] ids to which the counts belong, if not to all; they may repeat, and no other has occurred.

    Returns:
        [N] token ids.
    """
    penalty = _PENALTIES[settings.penalty]
    if written is None:
        scores = penalty(logits, counts, settings.repetition_penalty)
    else:
        found = logits.gather(1, written)
        scores = logits.scatter(1, written, penalty(found, counts, settings.repetition_penalty))
    scores = (scores / settings.temperature).masked_fill(forbidden, -torch.inf)
    return draw(scores, uniform, top_k=settings.top_k, top_p=settings.top_p)
