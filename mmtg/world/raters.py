"""Raters who score how relevant picture and text of a step are to its lines, as the plan has it."""

from mmtg.data.experience import StepScores
from mmtg.world.dice import Dice

# Relevance of picture (1 to 5), of text (1 to 5), and which is more relevant (0 picture, 1 tie, 2 text).
_TRUE_SCORES = {"picture": (5, 2, 0), "text": (1, 5, 2), "both": (4, 4, 1)}


def rate_step(kind: str, *, raters: int, noise: float, dice: Dice) -> StepScores:
    """Score one step.

    Args:
        kind: what the lines of the step speak of: ``picture``, ``text`` or ``both``.
        raters: how many raters score.
        noise: chance that a rater is off by one, for each score.
        dice: chooses who errs and which way.

    Returns:
        The scores, one per rater each.
    """
    image, text, compared = _TRUE_SCORES[kind]

    def scores(truth: int, low: int, high: int) -> tuple[int, ...]:
        return tuple(_rate(truth, low, high, noise, dice) for _ in range(raters))

    return StepScores(img_rel=scores(image, 1, 5), r_rel=scores(text, 1, 5), cmp_rel=scores(compared, 0, 2))


def _rate(truth: int, low: int, high: int, noise: float, dice: Dice) -> int:
    if not dice.chance(noise):
        return truth
    return dice.pick([score for score in (truth - 1, truth + 1) if low <= score <= high])
