"""Weights, gradients and optimizer states in shards, one per process (PyTorch's FSDP2); ``conf/trainer/fsdp.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.strategies import ModelParallelStrategy
from torch import nn
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from transformers import PreTrainedModel

from mmtg.errors import InputError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Sharding:
    """How a model is cut.

    Attributes:
        blocks: class names of the modules whose weights are gathered together; what is in none is one more group.
        reshard_after_forward: drop a block's gathered weights until the backward pass: less memory, one more gather.
        activation_checkpointing: compute a block's activations again in the backward pass instead of keeping them.
        reduce_dtype: of gradients on their way between processes, ``float32`` or ``bfloat16``.

    Raises:
        InputError: an unknown ``reduce_dtype``.
    """

    blocks: tuple[str, ...]
    reshard_after_forward: bool
    activation_checkpointing: bool
    reduce_dtype: str

    def __post_init__(self) -> None:
        if self.reduce_dtype not in DTYPES:
            raise InputError(
                f"'{self.reduce_dtype}' is unknown; choose {' or '.join(DTYPES)}", field="trainer.sharding.reduce_dtype"
            )


class ShardedStrategy(ModelParallelStrategy):
    """Every process holds a share of the weights; checkpoints are single files, as of any other run.

    Validation and test hold all weights in every process: processes have different numbers of batches there, and
    texts of different lengths, so that a gather in the middle would wait for a process that does not come.

    Args:
        sharding: how to cut.
        processes: over how many.
    """

    def __init__(self, sharding: Sharding, *, processes: int) -> None:
        super().__init__(data_parallel_size=processes, tensor_parallel_size=1, save_distributed_checkpoint=False)
        self.sharding = sharding

    def shard(self, system: pl.LightningModule) -> None:
        """Cuts the weights of ``system.model``, unless they are cut already; Lightning asks before fit and test.

        Args:
            system: with a ``model`` that holds all its weights.

        Raises:
            InputError: none of the blocks is in the model, or the system is phase 1, whose weights become an artefact.
        """
        if not getattr(system, "shardable", True):
            raise InputError("phase 1 alone cannot be sharded; take trainer=ddp", field="trainer.strategy")
        model = system.get_submodule("model")
        if isinstance(model, FSDPModule):
            return
        blocks = [module for module in model.modules() if type(module).__name__ in self.sharding.blocks]
        if not blocks:
            raise InputError(f"none of {list(self.sharding.blocks)} is in the model", field="trainer.sharding.blocks")
        if self.sharding.activation_checkpointing:
            _recompute(model)
        policy = MixedPrecisionPolicy(reduce_dtype=DTYPES[self.sharding.reduce_dtype])
        for part in (*blocks, model):
            fully_shard(
                part,
                mesh=self.device_mesh["data_parallel"],
                mp_policy=policy,
                reshard_after_forward=self.sharding.reshard_after_forward,
            )

    def on_validation_start(self) -> None:
        """Gathers all weights."""
        self._gather(True)

    def on_validation_end(self) -> None:
        """Lets go of the weights of others."""
        self._gather(False)

    def on_test_start(self) -> None:
        """Gathers all weights."""
        self._gather(True)

    def on_test_end(self) -> None:
        """Lets go of the weights of others."""
        self._gather(False)

    def _gather(self, whole: bool) -> None:
        assert self.lightning_module is not None
        parts = [module for module in self.lightning_module.modules() if isinstance(module, FSDPModule)]
        for part in parts:
            part.set_reshard_after_forward(self.sharding.reshard_after_forward and not whole, recurse=False)
            if whole:
                part.unshard()
            else:
                part.reshard()


def _recompute(model: nn.Module) -> None:
    """Turns on activation checkpointing in the transformers below a model."""
    for module in model.modules():
        if isinstance(module, PreTrainedModel) and module.supports_gradient_checkpointing:
            module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def sharded_trainer(*, sharding: Mapping[str, Any], devices: int, num_nodes: int, **arguments: Any) -> pl.Trainer:
    """A trainer that shards: the ``_target_`` of ``conf/trainer/fsdp.yaml``.

    Args:
        sharding: fields of :class:`Sharding`.
        devices: processes on a node.
        num_nodes: nodes.
        **arguments: further arguments of Lightning's trainer; ``strategy`` names what this function makes.

    Returns:
        The trainer.

    Raises:
        InputError: ``devices`` is no number.
    """
    if not isinstance(devices, int):
        raise InputError(f"must be a number where weights are sharded; it is '{devices}'", field="trainer.devices")
    chosen = Sharding(**{**sharding, "blocks": tuple(sharding["blocks"])})
    arguments["strategy"] = ShardedStrategy(chosen, processes=devices * num_nodes)
    return pl.Trainer(devices=devices, num_nodes=num_nodes, **arguments)
