"""Many comparisons at once: some will look significant by chance alone."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Holm's step-down correction (Holm 1979): the chance of any false finding stays below the level.

    Args:
        p_values: of all comparisons of one family; NaN ones were not made and do not count.

    Returns:
        Corrected p-values in the same order, at most 1; never below the given ones, and ordered as they are.
    """
    given = np.asarray(p_values, float)
    corrected = np.full(given.shape, np.nan)
    made = np.flatnonzero(~np.isnan(given))
    order = made[np.argsort(given[made], kind="stable")]
    steps = given[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected
