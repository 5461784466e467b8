"""The mapping network: shapes, what its output depends on, and errors."""

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.mapping import MappingNetwork

SETTINGS = {"width": 6, "decoder_width": 8, "positions": 3, "layers": 2, "heads": 2, "feedforward": 16, "dropout": 0.1}


@pytest.fixture
def network():
    torch.manual_seed(0)
    return MappingNetwork(**SETTINGS)


def test_gives_a_prefix_for_each_picture(network):
    vectors = torch.randn(5, 6)
    prefix = network.eval()(vectors)
    assert prefix.shape == (5, 3, 8)
    alone = torch.cat([network(vector[None]) for vector in vectors])
    torch.testing.assert_close(prefix, alone)
    assert network(vectors[:0]).shape == (0, 3, 8)


def test_gradients_reach_everything(network):
    vectors = torch.randn(4, 6, requires_grad=True)
    network(vectors)[:, 0].square().sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().max() > 0 for weight in network.parameters())
    assert (vectors.grad.abs().amax(dim=1) > 0).all()


def test_constants_and_the_picture_both_matter(network):
    network.eval()
    vectors = torch.randn(2, 6)
    before = network(vectors)
    assert (before[0] - before[1]).abs().max() > 1e-3
    assert (before[0, 0] - before[0, 1]).abs().max() > 1e-3  # positions differ by their constants alone
    with torch.no_grad():
        network.constants[0].add_(torch.randn(8))  # a uniform shift would fall to the layer norm
    after = network(vectors)
    assert (after - before).abs().amax(dim=(0, 2)).min() > 1e-4  # all positions hear it


def test_only_the_constants_tell_positions_apart(network):
    network.eval()
    with torch.no_grad():
        network.constants.copy_(network.constants[:1].expand_as(network.constants))
    prefix = network(torch.randn(2, 6))
    torch.testing.assert_close(prefix, prefix[:, :1].expand_as(prefix))


@pytest.mark.parametrize(
    ("field", "value"),
    [("positions", 0), ("layers", 0), ("heads", 0), ("heads", 3), ("feedforward", 0), ("dropout", 1.0)],
)
def test_bad_settings_name_their_field(field, value):
    with pytest.raises(InputError, match=f"mapping.{field}"):
        MappingNetwork(**{**SETTINGS, field: value})


def test_vectors_of_another_width_are_refused(network):
    with pytest.raises(InputError, match=r"\[2, 5\]"):
        network(torch.randn(2, 5))
