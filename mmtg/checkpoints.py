"""Checkpoints that a killed run goes on from: whole or not there, and the one before kept."""

import logging
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.trainer.states import TrainerFn

from mmtg.errors import InputError
from mmtg.files import build_file
from mmtg.preemption import Watch

log = logging.getLogger(__name__)

LAST, PREVIOUS = "last.ckpt", "previous.ckpt"


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint beside its place and renames it when it is on the disk."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Writes a checkpoint.

        Args:
            checkpoint: the content.
            path: the file to make or replace.
            storage_options: none are known.
        """
        with build_file(path) as partial:
            torch.save(checkpoint, partial)


class LastCheckpoint(Checkpoint):
    """Keeps ``last.ckpt`` and, while training, the one before it; saves and stops when the run is asked to.

    Saves every ``every_n_steps`` optimizer steps, after every validation, and at the end. Where validation follows on
    a step that is due, it is awaited: a run that goes on must not miss it.

    Args:
        dirpath: the folder.
        every_n_steps: optimizer steps between two checkpoints; at most so many are lost to a kill.
        watch: of the run's signals.

    Raises:
        InputError: no positive number of steps.
    """

    def __init__(self, dirpath: str, every_n_steps: int, watch: Watch) -> None:
        if every_n_steps < 1:
            raise InputError(f"must be at least 1; it is {every_n_steps}", field="callbacks.last.every_n_steps")
        self.path, self.every_n_steps, self.watch = Path(dirpath) / LAST, every_n_steps, watch
        self.figures: dict[str, float] = {}  # of the checkpoint that the run went on from
        self._saved = self._seen = -1  # optimizer steps when last saved, and at the last batch
        self._due = self._stopping = False

    def state_dict(self) -> dict[str, Any]:
        """The figures logged so far, which a run that goes on after its last step would lack."""
        return {"figures": dict(self.figures)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the figures of a checkpoint."""
        self.figures = dict(state_dict["figures"])

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Takes the signals back, which the trainer has just taken."""
        self.watch.listen()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Nothing is to be saved any more."""
        self.watch.training = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Takes the signals back, which the trainer has just taken, and begins to count where the run begins."""
        self.watch.listen()
        self.watch.training = True
        self._saved = self._seen = trainer.global_step

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Leaves after a save, now that the figures of its step are logged too."""
        self._leave()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Saves if a step was made that is due, or if any process was asked to stop."""
        self._agree(trainer, pl_module.device)
        stepped, self._seen = trainer.global_step != self._seen, trainer.global_step
        if not stepped:  # between two steps gradients are gathered, which a checkpoint does not hold
            return
        self._due |= self._stopping or trainer.global_step % self.every_n_steps == 0
        if self._due and not validation_follows(trainer, batch_idx):
            self._save(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Saves."""
        if trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking:
            self._save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Saves what was not yet."""
        if trainer.global_step != self._saved:
            self._save(trainer)
        self._leave()

    def _agree(self, trainer: pl.Trainer, device: torch.device) -> None:
        """What one process was asked, all were."""
        number = self.watch.asked or 0
        if trainer.world_size > 1:
            number = int(trainer.strategy.reduce(torch.tensor(number, device=device), reduce_op="max"))
        if number:
            self.watch.asked, self._stopping = number, True

    def _leave(self) -> None:
        if self._stopping and not self._due:
            self.watch.leave()

    def _save(self, trainer: pl.Trainer) -> None:
        self._due, self._saved = False, trainer.global_step
        self.figures |= {name: float(value) for name, value in trainer.callback_metrics.items()}
        if trainer.is_global_zero:
            keep_previous(self.path)
        trainer.save_checkpoint(self.path)


def validation_follows(trainer: pl.Trainer, batch_idx: int) -> bool:
    """Whether the trainer may validate right after a training batch.

    Args:
        trainer: in training.
        batch_idx: of the batch within its epoch.

    Returns:
        False only where it surely does not.
    """
    if trainer.is_last_batch:
        return True
    if trainer.val_check_batch is None or math.isinf(trainer.val_check_batch):
        return False
    by_epoch = trainer.check_val_every_n_epoch is not None
    done = (batch_idx if by_epoch else trainer.fit_loop.total_batch_idx) + 1
    return done % int(trainer.val_check_batch) == 0


def keep_previous(last: Path) -> None:
    """Keeps a checkpoint under the name of the one before, while its place stays taken."""
    if not last.is_file():
        return
    spare = last.with_name(f".{PREVIOUS}.partial")
    spare.unlink(missing_ok=True)
    try:
        os.link(last, spare)
    except OSError:  # a file system without hard links
        os.replace(last, last.with_name(PREVIOUS))
    else:
        os.replace(spare, last.with_name(PREVIOUS))


def newest_whole(folder: Path) -> Path | None:
    """The checkpoint to go on from: the last one, or the one before where the last is torn.

    Args:
        folder: of the run's checkpoints.

    Returns:
        Its path; None where there is none.

    Raises:
        InputError: there are checkpoints, but none is whole.
    """
    there = [path for name in (LAST, PREVIOUS) if (path := folder / name).is_file()]
    for path in there:
        if is_whole(path):
            return path
        log.warning("%s is torn; going on from the one before", path)
    if there:
        raise InputError("is torn, as is any before it; resume=never starts anew", file=there[0], field="resume")
    return None


def is_whole(path: Path) -> bool:
    """Whether all of a checkpoint is there: it is a zip file, whose parts have check sums.

    Args:
        path: the file.

    Returns:
        Whether it can be read to its end.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            return parts.testzip() is None
    except (zipfile.BadZipFile, EOFError, OSError):
        return False


def steps_of(path: str | Path) -> int:
    """Optimizer steps that a checkpoint's run had made."""
    return int(torch.load(path, map_location="cpu", weights_only=True, mmap=True)["global_step"])


def figures_kept(trainer: pl.Trainer) -> dict[str, float]:
    """The figures that go into a trainer's last checkpoint, or came from it; may be added to."""
    return next((callback.figures for callback in trainer.callbacks if isinstance(callback, LastCheckpoint)), {})  # type: ignore[attr-defined]


def tidy(folder: Path) -> None:
    """Removes what killed processes left half-written."""
    for path in folder.glob(".*.partial"):
        path.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Removes all checkpoints of a run that starts anew."""
    for path in folder.glob("*.ckpt"):
        path.unlink()


def drop_previous(folder: Path) -> None:
    """Removes the checkpoint before the last, which a complete run does not need."""
    (folder / PREVIOUS).unlink(missing_ok=True)
