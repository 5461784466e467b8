"""Effect sizes: how large a difference is, which a p-value does not say."""

import numpy as np


def cohens_d(differences: np.ndarray) -> float:
    """Cohen's d of paired differences: their mean over their standard deviation (N - 1 in the divisor).

    Args:
        differences: [N], without NaN.

    Returns:
        The effect size; 0 if all differences are 0, NaN if it is undefined: for fewer than two differences, or when
        they are all the same other than 0.
    """
    if len(differences) < 2:
        return float("nan")
    mean, std = differences.mean(), differences.std(ddof=1)
    if np.ptp(differences) == 0:
        return float("nan") if mean else 0.0
    return float(mean / std)


def cliffs_delta(first: np.ndarray, second: np.ndarray) -> float:
    """Cliff's delta: how much more often a value of the first is above one of the second than below (Cliff 1993).

    Args:
        first: [A] values, not empty.
        second: [B] values, not empty.

    Returns:
        -1 to 1; 0 where neither is above the other.
    """
    ordered = np.sort(second)
    below = np.searchsorted(ordered, first, side="left").sum()
    not_above = np.searchsorted(ordered, first, side="right").sum()
    return float(below - (len(first) * len(second) - not_above)) / (len(first) * len(second))
