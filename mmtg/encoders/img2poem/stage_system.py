"""What both stages of training share: optimizer, schedule and logged figures."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torchmetrics import MeanMetric

from mmtg.models.system import OptimizerSettings, adamw


class StageSystem(pl.LightningModule):
    """A stage in training: subclasses say ``losses``.

    Args:
        optimizer: settings, with numbers of steps.
    """

    def __init__(self, optimizer: OptimizerSettings) -> None:
        super().__init__()
        self.optimizer_settings = optimizer
        self.means = torch.nn.ModuleDict()  # running means of validation

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """Losses of a batch by name, ``loss`` among them: what is minimised."""
        raise NotImplementedError

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        losses = self.losses(batch)
        rate = torch.tensor(self.optimizers().param_groups[0]["lr"])  # type: ignore[union-attr]
        figures = {f"train/{name}": value.detach() for name, value in losses.items()}
        self.log_dict({**figures, "train/lr": rate}, batch_size=len(batch))
        return losses["loss"]

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Adds a batch to the means."""
        for name, value in self.losses(batch).items():
            if name not in self.means:
                self.means[name] = MeanMetric().to(self.device)
            self.means[name].update(value, len(batch))  # type: ignore[operator]

    def on_validation_epoch_end(self) -> None:
        """Logs the means."""
        figures = {f"val/{name}": mean.compute() for name, mean in self.means.items()}  # type: ignore[operator]
        self.means.clear()
        self.log_dict(figures)

    def configure_optimizers(self) -> Any:
        """AdamW over what is trained, with linear warm-up and decay."""
        settings = self.optimizer_settings
        return adamw([weight for weight in self.parameters() if weight.requires_grad], settings, settings.factor)
