"""model.weights: a checkpoint's weights in a system, and what does not fit."""

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.build import load_system
from mmtg.models.weights import load_weights


@pytest.fixture(scope="module")
def checkpoint(world_run):
    return torch.load(world_run / "checkpoints" / "best.ckpt", weights_only=True)


@pytest.fixture
def system(world_run):
    """The same system, its weights and token table forgotten."""
    system = load_system(world_run / "checkpoints" / "best.ckpt")
    with torch.no_grad():
        for tensor in system.state_dict().values():
            tensor.fill_(0.5)
    return system


def saved(tmp_path, checkpoint, change, **described):
    """A checkpoint whose weights were changed."""
    weights = dict(checkpoint["state_dict"])
    change(weights)
    content = {"state_dict": weights, "hyper_parameters": {**checkpoint["hyper_parameters"], **described}}
    torch.save(content, tmp_path / "changed.ckpt")
    return tmp_path / "changed.ckpt"


def of_decoder(weights):
    for name in list(weights):
        if not name.startswith("model.decoder.") or name.endswith("token_table"):
            del weights[name]


def test_all_of_a_system(system, checkpoint, tmp_path):
    assert load_weights(system, saved(tmp_path, checkpoint, lambda weights: None)) is True
    for name, tensor in system.state_dict().items():
        if name.endswith("token_table"):
            assert (tensor == 0.5).all()
        else:
            assert torch.equal(tensor, checkpoint["state_dict"][name]), name


def test_a_decoder_fills_the_decoder_alone(system, checkpoint, tmp_path):
    assert load_weights(system, saved(tmp_path, checkpoint, of_decoder)) is False
    for name, tensor in system.state_dict().items():
        if name.startswith("model.decoder.") and not name.endswith("token_table"):
            assert torch.equal(tensor, checkpoint["state_dict"][name]), name
        else:
            assert (tensor == 0.5).all(), name


MISFITS = {
    "missing": (lambda w: w.pop("model.topic_norm.bias"), r"changed\.ckpt: lacks model\.topic_norm\.bias"),
    "unknown": (lambda w: w.update({"model.more": torch.zeros(1)}), r"has model\.more"),
    "shape": (lambda w: w.update({"model.topic_norm.bias": torch.zeros(3)}), r"model\.topic_norm\.bias shaped \[3\]"),
}


@pytest.mark.parametrize("fault", MISFITS)
def test_misfits_are_named_and_nothing_is_loaded(system, checkpoint, tmp_path, fault):
    change, words = MISFITS[fault]
    with pytest.raises(InputError, match=words):
        load_weights(system, saved(tmp_path, checkpoint, change))
    assert all((tensor == 0.5).all() for tensor in system.state_dict().values())


def test_another_vocabulary_is_refused(system, checkpoint, tmp_path):
    vocabulary = checkpoint["hyper_parameters"]["vocabulary"]
    swapped = [*vocabulary["tokens"][:-2], *vocabulary["tokens"][:-3:-1]]
    other = saved(tmp_path, checkpoint, lambda w: None, vocabulary={**vocabulary, "tokens": swapped})
    with pytest.raises(InputError, match=r"changed\.ckpt: model\.weights: .*another vocabulary"):
        load_weights(system, other)


def test_a_checkpoint_may_leave_its_vocabulary_open(system, checkpoint, tmp_path):
    assert load_weights(system, saved(tmp_path, checkpoint, lambda w: None, vocabulary=None))
