"""Scores made of numbers, to test statistics on."""

import numpy as np

from mmtg.metrics.registry import Score


def mean_score(values):
    """A score whose figure is the mean of numbers; NaN where an experience has none."""
    there = ~np.isnan(values)
    table = np.stack([np.where(there, values, 0.0), there], axis=1)
    return Score(table, lambda sums: sums[0] / sums[1] if sums[1] else float("nan"))
