"""Lyrics and poems from experience sequences: MMTG and the systems it is compared with."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["compare", "comparison", "compose", "fit", "load", "trust"]

_MODULES = {
    **dict.fromkeys(("compare", "comparison", "compose", "fit"), "mmtg.python"),
    "load": "mmtg.loading",
    "trust": "mmtg.instantiate",
}


def __getattr__(name: str) -> Any:
    """``mmtg.load`` and the others, imported when they are asked for: the command line must not wait for them."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'mmtg' has no attribute '{name}'")
