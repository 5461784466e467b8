"""How texts are drawn."""

from dataclasses import dataclass

import torch

from mmtg.errors import InputError

PENALTIES = ("standard", "published")
TOKEN_TYPES = ("training", "head")
DTYPES = {"float32": torch.float32, "bf16": torch.bfloat16}
QUANTISED = (None, "int8")

_KNOWN = {"penalty": PENALTIES, "token_types": TOKEN_TYPES, "dtype": tuple(DTYPES), "quantise": QUANTISED}


def _said(value: str | None) -> str:
    return "null" if value is None else value


@dataclass(frozen=True, kw_only=True)
class DecodingSettings:
    """How texts are drawn; see ``conf/decoding``.

    Raises:
        InputError: a value out of its range.
    """

    samples: int
    top_k: int
    top_p: float
    temperature: float
    repetition_penalty: float
    penalty: str
    seed: int
    batch_size: int
    token_types: str = "training"
    candidates: int = 1
    drop_unequal: bool = False
    beams: int = 1
    length_power: float = 0.0
    dtype: str = "float32"
    quantise: str | None = None

    def refuse_precision(self) -> None:
        """For models that write at full precision alone.

        Raises:
            InputError: another one is asked for.
        """
        for field, default in (("dtype", "float32"), ("quantise", None)):
            if getattr(self, field) != default:
                found = getattr(self, field)
                raise InputError(f"is {found}, which only models that write in slots know", field=f"decoding.{field}")

    def __post_init__(self) -> None:
        for field, known in _KNOWN.items():
            if getattr(self, field) not in known:
                found = getattr(self, field)
                raise InputError(
                    f"'{found}' is unknown; choose {' or '.join(map(_said, known))}", field=f"decoding.{field}"
                )
        if self.quantise and self.dtype != "float32":
            raise InputError(
                f"is {self.quantise}, which decoding.dtype={self.dtype} contradicts", field="decoding.quantise"
            )
        for field in ("samples", "batch_size", "candidates", "beams"):
            if getattr(self, field) < 1:
                raise InputError(f"is {getattr(self, field)}; must be at least 1", field=f"decoding.{field}")
        for field in ("temperature", "repetition_penalty"):
            if not getattr(self, field) > 0:
                raise InputError(f"is {getattr(self, field)}; must be above 0", field=f"decoding.{field}")
        if self.top_k < 0 or not 0 <= self.top_p <= 1:
            raise InputError(f"top_k is {self.top_k} (at least 0), top_p is {self.top_p} (0 to 1)", field="decoding")
