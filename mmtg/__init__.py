"""Lyrics and poems from experience sequences: MMTG and the systems it is compared with."""

__version__ = "0.1.0"
