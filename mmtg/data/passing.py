"""A store for the time of one job."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mmtg.data.encode import encode_experiences
from mmtg.data.experience import Experience
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore
from mmtg.encoders.base import Encoder


@contextmanager
def encoded_for_now(
    experiences: Sequence[Experience], encoder: Encoder, *, steps: int, lines_per_step: int, batch_size: int
) -> Iterator[Split]:
    """A store of experiences that is gone behind this.

    Args:
        experiences: each of T steps.
        encoder: gives the vectors.
        steps: T.
        lines_per_step: lines that belong to each step.
        batch_size: experiences taken at a time.

    Yields:
        All of them, in their order.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "store"
        encode_experiences(
            experiences,
            encoder,
            target,
            batch_size=batch_size,
            vector_dtype="float32",
            origin={},
            steps=steps,
            lines_per_step=lines_per_step,
        )
        store = ExperienceStore.open(target)
        yield Split(store, np.arange(len(store)))
