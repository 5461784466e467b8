"""CroMIC-CMT or one of its peers from a configuration."""

from __future__ import annotations

CROMIC, UNIFIED_VLP, VILT = "cromic", "unified_vlp", "vilt"
VARIANTS = (CROMIC, UNIFIED_VLP, VILT)
