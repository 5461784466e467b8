"""Batch norm over processes equals batch norm over all their items."""

import copy

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from mmtg.models.shared_batch_norm import SharedBatchNorm, share_batch_norms

SHARES = ((3, 5), (8, 0))


def net():
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(2), nn.BatchNorm1d(4, momentum=None)
    )
    nn.init.normal_(made[1].weight)
    return made


def learn(module, pictures, weights):
    """Outputs; gradients of pictures and of parameters; then the same for a second step's running statistics."""
    pictures = pictures.clone().requires_grad_()
    told = module(pictures)
    (told * weights).sum().backward()
    module(pictures.detach() * 2)
    return told.detach(), pictures.grad, {name: p.grad for name, p in module.named_parameters()}


def items():
    torch.manual_seed(1)
    return torch.randn(8, 3, 5, 5) * 3 + 7, torch.randn(8, 4, 9)


def work(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    for number, share in enumerate(SHARES):
        module = net()
        share_batch_norms(module)
        own = [part.split(share)[rank] for part in items()]
        torch.save([*learn(module, *own), module.state_dict()], f"{folder}/{number}_{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(work, args=(folder,), nprocs=2)
    return lambda number: [torch.load(folder / f"{number}_{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("number", range(len(SHARES)))
def test_two_processes_are_as_one(processes, number):
    module = net()
    told, of_pictures, of_parameters = learn(module, *items())
    parts = processes(number)
    torch.testing.assert_close(torch.cat([part[0] for part in parts]), told, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(torch.cat([part[1] for part in parts]), of_pictures, rtol=1e-4, atol=1e-5)
    for name, gradient in of_parameters.items():
        torch.testing.assert_close(parts[0][2][name] + parts[1][2][name], gradient, rtol=1e-3, atol=1e-4)
    for part in parts:
        assert list(part[3]) == list(module.state_dict())
        for name, value in module.state_dict().items():
            torch.testing.assert_close(part[3][name], value, rtol=1e-5, atol=1e-5)


def test_one_process_has_torchs_own():
    module = net()
    shared = copy.deepcopy(module)
    parameters = list(shared.parameters())
    share_batch_norms(shared)
    assert isinstance(shared[1], SharedBatchNorm)
    assert all(a is b for a, b in zip(parameters, shared.parameters(), strict=True))
    for one, other in zip(learn(module, *items())[:2], learn(shared, *items())[:2], strict=True):
        assert torch.equal(one, other)
    assert list(module.state_dict()) == list(shared.state_dict())
    assert all(
        torch.equal(a, b) for a, b in zip(module.state_dict().values(), shared.state_dict().values(), strict=True)
    )
    assert torch.equal(module.eval()(items()[0]), shared.eval()(items()[0]))
