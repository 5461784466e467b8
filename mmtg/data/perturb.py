"""Experiences with some inputs left out, or in another order, at test time (MMTG reference, sections 5.7 and 5.8)."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.data.batch import Batch
from mmtg.errors import InputError


def _zero(vectors: Tensor, dropped: Tensor) -> Tensor:
    return vectors.masked_fill(dropped[..., None], 0.0)


def _previous(vectors: Tensor, dropped: Tensor) -> Tensor:
    """The nearest earlier vector that is kept, counted in a circle; zeros where none is."""
    steps = dropped.shape[1]
    source = torch.arange(steps, device=dropped.device).expand_as(dropped).clone()  # [B, T]
    for _ in range(steps - 1):
        lost = dropped.gather(1, source)
        source = torch.where(lost, (source - 1) % steps, source)
    taken = vectors.gather(1, source[..., None].expand_as(vectors))
    return taken.masked_fill(dropped.all(dim=1)[:, None, None], 0.0)


FILLS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"previous": _previous, "zero": _zero, "missing": _zero}
"""What takes a dropped vector's place; ``missing`` also masks it, which the published code cannot."""


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """What a test does to the experiences; see ``conf/perturb``.

    Args:
        drop: of the 2 T pictures and texts, how many each sample goes without.
        fill: what takes their place, a key of ``FILLS``.
        orders: for each text to write, the order of the steps: place i hears step ``order[i]``.
        seed: of what is dropped.
        steps: T.

    Raises:
        InputError: a value out of its range.
    """

    drop: int
    fill: str
    orders: tuple[tuple[int, ...], ...]
    seed: int
    steps: int

    def __post_init__(self) -> None:
        if self.fill not in FILLS:
            raise InputError(f"'{self.fill}' is unknown; choose one of {', '.join(FILLS)}", field="perturb.fill")
        if not 0 <= self.drop <= 2 * self.steps:
            raise InputError(f"is {self.drop}; there are {2 * self.steps} pictures and texts", field="perturb.drop")
        for order in self.orders:
            if sorted(order) != list(range(self.steps)):
                raise InputError(f"{list(order)} is no order of {self.steps} steps", field="perturb.orders")
        if self.drop and self.orders:
            raise InputError("perturb.drop and perturb.orders do not go together; choose one", field="perturb")

    @property
    def nothing(self) -> bool:
        """Whether experiences stay as they are."""
        return not self.drop and not self.orders

    def dropped(self, batch: Batch, names: Sequence[str], number: int) -> Batch:
        """The batch as sample ``number`` of each experience hears it; a draw of its own for each."""
        slots = torch.from_numpy(np.stack([self._slots(name, number) for name in names])).to(batch.rating.device)
        images, texts = slots[:, : self.steps], slots[:, self.steps :]  # bool [B, T]
        fill, masks = FILLS[self.fill], self.fill == "missing"
        return replace(
            batch,
            image_vectors=fill(batch.image_vectors, images),
            text_vectors=fill(batch.text_vectors, texts),
            image_present=batch.image_present & ~(images & masks),
            text_present=batch.text_present & ~(texts & masks),
        )

    def _slots(self, name: str, number: int) -> np.ndarray:
        """Which of the 2 T slots a sample goes without: bool [2 T]."""
        key = [self.seed, (zlib.crc32(name.encode()) << 16) + number]
        chosen = np.random.Generator(np.random.Philox(key=key)).permutation(2 * self.steps)[: self.drop]
        return np.isin(np.arange(2 * self.steps), chosen)


def perturbation_from(settings: Mapping[str, Any], steps: int) -> Perturbation:
    """The perturbation of a ``conf/perturb`` section."""
    orders = tuple(tuple(order) for order in settings["orders"])
    return Perturbation(**{**settings, "orders": orders}, steps=steps)


def permuted(batch: Batch, order: Sequence[int]) -> Batch:
    """The batch with its steps in another order, pictures and texts alike; the topic stays.

    Args:
        batch: B experiences.
        order: place i hears step ``order[i]``.

    Returns:
        The batch.
    """
    return replace(batch, **{name: getattr(batch, name)[:, list(order)] for name in batch.of_steps})
