"""Beam search for models that write a token at a time.

A text's score is the sum of its tokens' log-probabilities under the model; what the rules forbid is left out and
changes no other score. Texts that have ended keep their place in the beam as long as they are among the best, and the
best of them is never lost. Letters of shapes: N texts, K beams of each, R = N * K, L positions, V tokens.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmtg.decoding.line_count import LineCount, Progress
from mmtg.decoding.step_model import H, S, StepModel


@dataclass(frozen=True)
class Beams:
    """K candidates of each of N texts.

    Args:
        ids: int64 [R, L], padding where nothing is written.
        scores: float64 [N, K], sums of log-probabilities; -inf where there is no candidate.
        lengths: float64 [N, K], tokens so far, the end token among them.
        progress: of R texts.
    """

    ids: Tensor
    scores: Tensor
    lengths: Tensor
    progress: Progress

    def ranks(self, power: float) -> Tensor:
        """What candidates are compared by, [N, K]."""
        return normalised(self.scores, self.lengths, power)


def normalised(scores: Tensor, lengths: Tensor, power: float) -> Tensor:
    """Scores divided by the lengths to a power; 0 leaves them as they are."""
    return scores / lengths.clamp(min=1).pow(power)


def search(
    model: StepModel[H, S], state: S, first: Tensor, rules: LineCount, *, beams: int, length_power: float
) -> Tensor:
    """The best text found for each start.

    Args:
        model: in evaluation mode.
        state: of N texts.
        first: int64 [N], the start tokens.
        rules: say what may be written.
        beams: K.
        length_power: see ``normalised``.

    Returns:
        ids int64 [N, L] behind the start token.
    """
    count = len(first)
    rows = torch.arange(count, device=first.device).repeat_interleave(beams)  # [R]
    token, state, kept = first[rows], state.select(rows), _start(rules, count, beams, first.device)
    best_ids, best_rank = kept.ids[::beams], torch.full_like(kept.scores[:, 0], -torch.inf)
    for place in range(rules.length):
        logits, state = model.step(token, state)
        kept, parents = _extend(kept, logits, place, rules, length_power)
        state, token = state.select(parents), kept.ids[:, place]
        best_ids, best_rank = _better(kept, best_ids, best_rank, kept.progress.ended, length_power)
        if kept.progress.ended.all():
            break
    best_ids, _ = _better(kept, best_ids, best_rank, ~kept.progress.ended, length_power)
    return best_ids


def _start(rules: LineCount, count: int, beams: int, device: torch.device) -> Beams:
    """N empty texts; all but the first candidate of each are none."""
    scores = torch.full((count, beams), -torch.inf, dtype=torch.float64, device=device)
    scores[:, 0] = 0
    ids = torch.full((count * beams, rules.length), rules.pad, dtype=torch.int64, device=device)
    return Beams(ids, scores, torch.zeros_like(scores), rules.start(count * beams, device))


def _extend(kept: Beams, logits: Tensor, place: int, rules: LineCount, power: float) -> tuple[Beams, Tensor]:
    """The best K children of all candidates of each text, and the rows [R] of their parents.

    The only child of a text that has ended is itself.
    """
    (count, beams), tokens = kept.scores.shape, logits.shape[1]
    ended = kept.progress.ended
    gains = torch.log_softmax(logits.double(), dim=1).masked_fill(ended[:, None], 0.0)  # [R, V]
    gains = gains.masked_fill(rules.forbidden(kept.progress, place, tokens), -torch.inf)
    scores = kept.scores[:, :, None] + gains.view(count, beams, tokens)
    lengths = kept.lengths + (~ended).view(count, beams)  # [N, K], of the children
    ranks = normalised(scores, lengths[:, :, None], power).flatten(1)  # [N, K * V]
    chosen = ranks.topk(beams, dim=1).indices  # [N, K]
    parent, token = chosen // tokens, (chosen % tokens).flatten()
    rows = (parent + beams * torch.arange(count, device=parent.device)[:, None]).flatten()  # [R]
    ids = kept.ids[rows]
    ids[:, place] = token
    progress = rules.advance(kept.progress.select(rows), token)
    return Beams(ids, scores.flatten(1).gather(1, chosen), lengths.gather(1, parent), progress), rows


def _better(kept: Beams, ids: Tensor, rank: Tensor, which: Tensor, power: float) -> tuple[Tensor, Tensor]:
    """The best texts so far [N, L] and their ranks [N], when candidates ``which`` [R] compete with them."""
    ranks = kept.ranks(power).masked_fill(~which.view_as(kept.scores), -torch.inf)
    top, place = ranks.max(dim=1)  # [N]
    own = kept.ids.view(*kept.scores.shape, -1)[torch.arange(len(place), device=place.device), place]
    wins = top > rank
    return torch.where(wins[:, None], own, ids), torch.where(wins, top, rank)
