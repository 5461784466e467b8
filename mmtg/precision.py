"""``trainer.precision=auto``: half precision where the hardware computes it natively."""

import torch

FULL, MIXED = "32-true", "bf16-mixed"


def resolve_precision(precision: str | int, accelerator: str) -> str | int:
    """The precision for Lightning's trainer.

    Args:
        precision: as configured; ``auto`` becomes bf16-mixed where matrix products in bf16 are native, else 32-true.
        accelerator: as configured.

    Returns:
        A precision that Lightning knows.
    """
    if precision != "auto":
        return precision
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return MIXED if torch.cuda.is_bf16_supported(including_emulation=False) else FULL
    if accelerator in ("auto", "cpu"):
        capable: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch cannot tell
        return MIXED if capable.get("avx512_bf16") or capable.get("amx_bf16") else FULL
    return FULL
