"""Which of several processes this is."""

from lightning_utilities.core.rank_zero import rank_zero_only  # Lightning's own, without importing it


def is_first() -> bool:
    """Whether this is the process that writes: the only one, or the first of a distributed run."""
    return int(getattr(rank_zero_only, "rank", 0)) == 0
