"""What decoding asks of models that write a token at a time, recurrent ones and transformers with a cache alike."""

from typing import Protocol, Self, TypeVar

import torch
from torch import Tensor


class StepState(Protocol):
    """What a model remembers of N texts."""

    def select(self, rows: Tensor) -> Self:
        """The state of some texts, an int64 tensor; rows may repeat."""
        ...


class Heard(Protocol):
    """What N texts are written to, such as features [N, F]."""

    def __len__(self) -> int: ...

    @property
    def device(self) -> torch.device:
        """Where it is."""
        ...


S = TypeVar("S", bound=StepState)
H = TypeVar("H", bound=Heard, contravariant=True)


class StepModel(Protocol[H, S]):
    """Writes texts a token at a time; N texts, V tokens."""

    def start(self, heard: H, /) -> S:
        """The state in which N texts begin."""
        ...

    def step(self, tokens: Tensor, state: S, /) -> tuple[Tensor, S]:
        """Hears one more token of each, int64 [N]; gives scores [N, V] of what follows, and the state then."""
        ...
