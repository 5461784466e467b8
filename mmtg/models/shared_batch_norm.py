"""Batch norm over the items of all processes, on any device; torch's ``SyncBatchNorm`` refuses CPUs.

Letters of shapes: M items of this process, C channels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.contiguous().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        total = grads[0].contiguous().clone()
        distributed.all_reduce(total)
        return total


class SharedBatchNorm(_BatchNorm):
    """As ``torch.nn.BatchNorm1d`` and ``2d``, with statistics of all processes, each weighted by its elements.

    In training all processes must call it equally often, those without items too, with an empty tensor. On one process
    it is torch's own.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x [M, C] or [M, C, ...]; M may be 0."""
        if not (self.training and _several()):
            return super().forward(x)
        axes = [0, *range(2, x.dim())]
        shape = (1, -1, *[1] * (x.dim() - 2))
        values = x.float() if x.dtype in (torch.half, torch.bfloat16) else x
        local = values.new_full((1,), x.numel() // x.shape[1])
        sums = _sum(torch.cat([values.sum(axes), local]))  # [C + 1]
        count = sums[-1].detach()
        mean = sums[:-1] / count.clamp(min=1)  # [C]
        apart = values - mean.view(shape)
        variance = _sum(apart.square().sum(axes)) / count.clamp(min=1)  # [C]
        self._remember(mean.detach(), variance.detach(), count)
        scaled = apart * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            scaled = scaled * self.weight.view(shape) + self.bias.view(shape)
        return scaled.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Running statistics, of the unbiased variance; those of no items change nothing."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        share = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
        share = share * (count > 0).to(mean.dtype)
        unbiased = variance * (count / (count - 1).clamp(min=1))
        self.running_mean += share * (mean - self.running_mean)
        self.running_var += share * (unbiased - self.running_var)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"must have at least 2 dimensions, not {input.dim()}")


def share_batch_norms(module: nn.Module) -> None:
    """Let all batch norms inside a module take their statistics from all processes.

    Parameters and buffers stay the same tensors under the same names.

    Args:
        module: is changed; a batch norm itself cannot be.
    """
    for name, child in module.named_children():
        if type(child) in (nn.BatchNorm1d, nn.BatchNorm2d):  # a class made of them may compute something else
            setattr(module, name, _shared(child))
        else:
            share_batch_norms(child)


def _shared(norm: Any) -> SharedBatchNorm:
    shared = SharedBatchNorm(
        norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats, device="meta"
    )
    for name, parameter in norm.named_parameters():
        setattr(shared, name, parameter)
    for name, buffer in norm.named_buffers():
        setattr(shared, name, buffer)
    return shared.train(norm.training)


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


def _sum(x: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(x)
    return total
