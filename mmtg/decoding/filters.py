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
    k = min(top_k or logits.shape[1], logits.shape[1])
    values, ids = torch.topk(logits, k, dim=1)  # [N, k], descending
    probabilities = torch.softmax(values.double(), dim=1)
    if 0 < top_p < 1:
        before = probabilities.cumsum(dim=1) - probabilities
        probabilities = probabilities.masked_fill(before > top_p, 0.0)
    cumulative = probabilities.cumsum(dim=1)
    place = (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(dim=1).clamp(max=k - 1)
    return ids.gather(1, place[:, None]).squeeze(1)


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
