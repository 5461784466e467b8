"""How far raters agree, beyond chance.

Both measures are computed from tables that add up over units, so that a bootstrap over units is a matrix product.
Letters of shapes: N units, K raters, L levels of the scale, R resamples.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mmtg.stats.resampling import Estimate, Resampling, estimate, resampled


def weighted_kappa(first: np.ndarray, second: np.ndarray, levels: Sequence[float]) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968) of two raters.

    Args:
        first: [N] ratings; NaN where there is none.
        second: [N] ratings of the other.
        levels: all levels of the scale, evenly spaced.

    Returns:
        At most 1; 0 is chance; NaN where there is nothing to disagree on.
    """
    return float(kappa_of_table(pair_tables(first, second, levels).sum(axis=0)))


def krippendorff_alpha(ratings: np.ndarray, levels: Sequence[float], distance: str) -> float:
    """Krippendorff's alpha (Krippendorff 2011) of any number of raters.

    Args:
        ratings: [N, K]; NaN where a rater gave none. Units with a single rating do not count.
        levels: all levels of the scale, in order.
        distance: ``nominal``, ``ordinal`` or ``interval``: how far apart two levels are.

    Returns:
        At most 1; 0 is chance; NaN where there is nothing to disagree on.
    """
    return float(alpha_of_table(coincidence_tables(ratings, levels).sum(axis=0), levels, distance))


def agreement(
    tables: np.ndarray, units: np.ndarray, measure: Callable[[np.ndarray], np.ndarray], resampling: Resampling
) -> Estimate | None:
    """A measure of agreement with its bootstrap interval.

    Args:
        tables: [N, L, L] of ``pair_tables`` or ``coincidence_tables``.
        units: [N], which are drawn together: rows with the same number.
        measure: of tables [..., L, L] to [...].
        resampling: how to draw.

    Returns:
        The estimate, ``n`` being the units with two ratings or more; None if it is undefined.
    """
    rated = tables.any(axis=(1, 2))
    names, unit_of = np.unique(units[rated], return_inverse=True)
    if not len(names):
        return None
    flat = np.zeros((len(names), tables[0].size))
    np.add.at(flat, unit_of, tables[rated].reshape(len(unit_of), -1))

    def of(counts: np.ndarray) -> np.ndarray:
        return measure((counts @ flat).reshape(-1, *tables.shape[1:]))

    (replicates,) = resampled([of], len(names), resampling).T
    return estimate(of(np.ones((1, len(names))))[0], replicates, n=len(names), confidence=resampling.confidence)


def pair_tables(first: np.ndarray, second: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """[N, L, L]: a 1 where the raters' two levels meet; all 0 if a rating is missing."""
    return _which(first, levels)[:, :, None] * _which(second, levels)[:, None, :]


def coincidence_tables(ratings: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """[N, L, L]: how often two levels meet in a unit of [K] ratings, over all ordered pairs of raters, by m - 1."""
    which = _which(ratings, levels)  # [N, K, L]
    sizes = which.sum(axis=1)  # [N, L]
    raters = sizes.sum(axis=1)  # m
    pairs = sizes[:, :, None] * sizes[:, None, :] - sizes[:, :, None] * np.eye(len(levels))
    return np.where(raters > 1, 1 / np.maximum(raters - 1, 1), 0.0)[:, None, None] * pairs


def kappa_of_table(table: np.ndarray) -> np.ndarray:
    """Quadratic-weighted kappa [...] of tables [..., L, L] of two raters' levels."""
    places = np.arange(table.shape[-1])
    weights = (places[:, None] - places) ** 2
    rows, columns = table.sum(axis=-1, keepdims=True), table.sum(axis=-2, keepdims=True)
    seen = (weights * table).sum(axis=(-2, -1)) * table.sum(axis=(-2, -1))
    return _one_less(seen, (weights * rows * columns).sum(axis=(-2, -1)))


def alpha_of_table(table: np.ndarray, levels: Sequence[float], distance: str) -> np.ndarray:
    """Krippendorff's alpha [...] of coincidence tables [..., L, L]."""
    sizes = table.sum(axis=-1)  # [..., L]
    far = _distances(sizes, np.asarray(levels, float), distance) ** 2
    seen = (far * table).sum(axis=(-2, -1)) * (sizes.sum(axis=-1) - 1)
    return _one_less(seen, (far * sizes[..., :, None] * sizes[..., None, :]).sum(axis=(-2, -1)))


def _distances(sizes: np.ndarray, levels: np.ndarray, distance: str) -> np.ndarray:
    """[..., L, L]: how far apart two levels are; for ordinal ones, how many ratings lie between their middles."""
    places = {
        "nominal": None,
        "interval": levels,
        "ordinal": np.cumsum(sizes, axis=-1) - sizes / 2,
    }[distance]
    if places is None:
        return 1.0 - np.eye(len(levels))
    return places[..., :, None] - places[..., None, :]


def _which(ratings: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """[..., L]: 1 at the level of each rating, all 0 for a missing one."""
    return (ratings[..., None] == np.asarray(levels, float)).astype(float)


def _one_less(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """``1 - seen / expected``; NaN where nothing is expected."""
    return 1 - np.divide(seen, expected, out=np.full(np.shape(seen), np.nan), where=expected > 0)
