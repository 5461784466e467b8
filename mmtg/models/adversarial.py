"""From whom img2poem's generator learns, and when (img2poem reference, sections 1.4 and 1.6)."""

from dataclasses import dataclass

from mmtg.errors import InputError

BASELINES = ("none", "mean", "moving")
STAGES = ("likelihood", "discriminators", "adversarial")
"""Likelihood alone; the discriminators learn beside it; the generator learns from their rewards."""


@dataclass(frozen=True, kw_only=True)
class Adversarial:
    """How the players are trained; see ``conf/model/img2poem.yaml``.

    Attributes:
        start_epoch: first epoch of rewards; None for likelihood alone.
        warmup_epochs: epochs before it in which the discriminators already learn.
        paired_weight: lambda, the weight of the multi-modal discriminator's reward beside the poem-style one's.
        likelihood_weight: of the likelihood, beside the rewards, in the adversarial stage.
        reward_weight: of the policy gradient.
        baseline: what a reward is held against: ``none``, ``mean`` of the other texts of the batch, or ``moving``.
        momentum: of the moving baseline.
        learning_rate: of the generator in the adversarial stage, constant.
        discriminator_learning_rate: of the discriminators, constant.
        discriminator_slowdown: factor of it once the generator learns from rewards.

    Raises:
        InputError: a value out of its range.
    """

    start_epoch: int | None
    warmup_epochs: int
    paired_weight: float
    likelihood_weight: float
    reward_weight: float
    baseline: str
    momentum: float
    learning_rate: float
    discriminator_learning_rate: float
    discriminator_slowdown: float

    def __post_init__(self) -> None:
        if self.baseline not in BASELINES:
            what = f"'{self.baseline}' is unknown; choose {', '.join(BASELINES)}"
            raise InputError(what, field="model.adversarial.baseline")
        for name in ("paired_weight", "momentum"):
            if not 0 <= getattr(self, name) <= 1:
                what = f"is {getattr(self, name)}; must be from 0 to 1"
                raise InputError(what, field=f"model.adversarial.{name}")
        for name in ("warmup_epochs", "likelihood_weight", "reward_weight", "learning_rate", "discriminator_slowdown"):
            if getattr(self, name) < 0:
                what = f"is {getattr(self, name)}; must not be negative"
                raise InputError(what, field=f"model.adversarial.{name}")

    def stage(self, epoch: int) -> str:
        """One of STAGES for a 0-based epoch."""
        if self.start_epoch is None or epoch < self.start_epoch - self.warmup_epochs:
            return STAGES[0]
        return STAGES[1] if epoch < self.start_epoch else STAGES[2]
