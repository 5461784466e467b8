"""How far our numbers are from golden ones."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

Numbers = np.ndarray | Tensor | float


@dataclass(frozen=True)
class Comparison:
    """One quantity: its largest error, and the bound it must keep."""

    name: str
    error: float
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the error is within its bound; an error that is no number is not."""
        return self.error <= self.bound


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How far numbers may be apart; see ``conf/task/verify``.

    Attributes:
        values: largest difference over the largest value, of an array.
        losses_floor: losses are compared one by one; smaller ones than this are held against it.
        gradients: difference of norms over the norm.
        gradients_floor: smaller norms than this are held against it.
        gradients_noise: norms up to this are rounding noise; ours need only be as small.
    """

    values: float
    losses_floor: float
    gradients: float
    gradients_floor: float
    gradients_noise: float

    def array(self, name: str, ours: Numbers, theirs: Numbers) -> Comparison:
        """An array, by its largest difference over its largest value."""
        mine, golden = _floats(ours), _floats(theirs)
        if mine.shape != golden.shape:
            return Comparison(f"{name} {list(mine.shape)} for {list(golden.shape)}", np.inf, self.values)
        return Comparison(name, float(np.abs(mine - golden).max() / np.abs(golden).max()), self.values)

    def losses(self, name: str, ours: Numbers, theirs: Numbers) -> Comparison:
        """Losses, each by its own size."""
        mine, golden = _floats(ours), _floats(theirs)
        error = np.abs(mine - golden) / np.maximum(np.abs(golden), self.losses_floor)
        return Comparison(name, float(error.max()), self.values)

    def gradient(self, name: str, ours: float | None, theirs: float | None) -> Comparison:
        """The norm of a weight's gradient; None where it has none."""
        if ours is None or theirs is None:
            return Comparison(name, 0.0 if ours is theirs else np.inf, self.gradients)
        if theirs <= self.gradients_noise:
            return Comparison(name, 0.0 if ours <= self.gradients_noise else np.inf, self.gradients)
        return Comparison(name, abs(ours - theirs) / max(theirs, self.gradients_floor), self.gradients)


def exact(name: str, ours: Numbers, theirs: Numbers) -> Comparison:
    """Whole numbers, by how many of them differ."""
    mine, golden = np.asarray(ours), np.asarray(theirs)
    if mine.shape != golden.shape:
        return Comparison(f"{name} {list(mine.shape)} for {list(golden.shape)}", np.inf, 0.0)
    return Comparison(name, float((mine != golden).sum()), 0.0)


def _floats(numbers: Numbers) -> np.ndarray:
    values = numbers.detach().numpy() if isinstance(numbers, Tensor) else np.asarray(numbers)
    return values.astype(np.float64)
