"""Models compiled in place."""

import pytorch_lightning as pl
import torch

from mmtg.errors import InputError


class Compiled(pl.Callback):
    """Compiles ``system.model`` before the fit (``torch.compile``); see ``conf/compile``.

    In place: names of weights stay what they are, so a checkpoint does not show how its run was computed.

    Args:
        backend: of torch.compile.
        mode: of torch.compile; None for its default.
        dynamic: whether to compile for any length at once; None to do so when one changes.

    Raises:
        InputError: a backend or mode that torch does not know.
    """

    def __init__(self, *, backend: str, mode: str | None, dynamic: bool | None) -> None:
        self.options = {"backend": backend, "mode": mode, "dynamic": dynamic}
        backends = torch.compiler.list_backends(exclude_tags=())
        if backend not in backends:
            raise InputError(f"'{backend}' is unknown; choose one of {', '.join(backends)}", field="compile.backend")
        modes = torch._inductor.list_mode_options()
        if mode is not None and mode not in modes:
            raise InputError(f"'{mode}' is unknown; choose one of {', '.join(modes)}", field="compile.mode")

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Compiles for the fit."""
        if stage == "fit":
            pl_module.get_submodule("model").compile(**self.options)
