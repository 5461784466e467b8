"""CroMIC-CMT or one of its peers from a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.batch import PostBatch
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError

CROMIC, UNIFIED_VLP, VILT = "cromic", "unified_vlp", "vilt"
VARIANTS = (CROMIC, UNIFIED_VLP, VILT)
