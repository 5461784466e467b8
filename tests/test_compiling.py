"""A compiled model is the same model."""

import pytest
import torch

from mmtg.compiling import Compiled
from mmtg.errors import InputError
from tests.models.small import small_batch, small_layout, small_mmtg


class Holder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model


def loss_and_gradients(model, batch):
    output = model(batch)
    loss = output.scores.losses.mean() + output.experiences.kl
    loss.backward()
    return loss.detach(), {name: weight.grad for name, weight in model.named_parameters()}


def test_compiled_in_place():
    layout = small_layout()
    plain, compiled = Holder(small_mmtg(layout)), Holder(small_mmtg(layout))
    compiled.load_state_dict(plain.state_dict())
    calls = []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    torch.compiler.reset()
    torch._dynamo.register_backend(backend, name="counting")
    Compiled(backend="counting", mode=None, dynamic=None).setup(None, compiled, "fit")
    batch = small_batch(layout)
    (loss, gradients), (whole, wanted) = (loss_and_gradients(one.model, batch) for one in (compiled, plain))
    assert calls
    torch.testing.assert_close(loss, whole)
    torch.testing.assert_close(gradients, wanted)
    assert list(compiled.state_dict()) == list(plain.state_dict())


@pytest.mark.parametrize(("key", "value"), [("backend", "clang"), ("mode", "fast")])
def test_what_torch_does_not_know_is_refused(key, value):
    with pytest.raises(InputError, match=f"compile.{key}"):
        Compiled(**{"backend": "inductor", "mode": None, "dynamic": None, key: value})
