"""Lyrics and poems from experience sequences: MMTG and the systems it is compared with."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """``mmtg.load``, imported when it is asked for: the command line must not wait for it."""
    if name == "load":
        from mmtg.loading import load

        return load
    raise AttributeError(f"module 'mmtg' has no attribute '{name}'")
