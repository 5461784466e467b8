"""torch files of strangers: what may be in them, and what is refused unrun."""

import argparse
import os
import pickle
from collections import OrderedDict

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.plain_torch import read_torch


class Hostile:
    """Pickles to a call that leaves a marker."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


class Stranger:
    """A class that nobody allowed."""


@pytest.mark.parametrize("zipped", [True, False])
def test_plain_data_and_tensors(tmp_path, zipped):
    content = {"a": OrderedDict(w=torch.arange(3.0)), "b": [1, 2.5, "c", None, True]}
    torch.save(content, tmp_path / "file", _use_new_zipfile_serialization=zipped)
    found = read_torch(tmp_path / "file")
    assert torch.equal(found["a"]["w"], content["a"]["w"])
    assert found["b"] == content["b"]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("function", [os.system, eval, exec, pickle.loads])
def test_code_is_refused_and_not_run(tmp_path, zipped, function):
    marker = tmp_path / "marker"
    argument = f"touch {marker}" if function is os.system else f"open({str(marker)!r}, 'w')"
    torch.save({"w": Hostile(function, argument)}, tmp_path / "file", _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match=rf"file: asks for '\S*{function.__name__}'"):
        read_torch(tmp_path / "file", allowed={"argparse.Namespace": argparse.Namespace})
    assert not marker.exists()


def test_a_plain_pickle_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(pickle.dumps(Hostile(os.system, f"touch {tmp_path}/marker")))
    with pytest.raises(InputError):
        read_torch(tmp_path / "file")
    assert not (tmp_path / "marker").exists()


def test_other_classes_are_named(tmp_path):
    torch.save({"x": Stranger()}, tmp_path / "file")
    with pytest.raises(InputError, match=r"tests\.models\.test_plain_torch\.Stranger"):
        read_torch(tmp_path / "file")


def test_a_class_is_allowed_by_its_name_and_for_one_file_alone(tmp_path):
    torch.save(argparse.Namespace(alpha=0.2), tmp_path / "file")
    allowed = {"argparse.Namespace": argparse.Namespace}
    assert read_torch(tmp_path / "file", allowed=allowed).alpha == 0.2
    with pytest.raises(InputError, match=r"argparse\.Namespace"):
        read_torch(tmp_path / "file")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_torn_files(tmp_path, zipped, share):
    path = tmp_path / "file"
    torch.save({"w": torch.randn(1000)}, path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match="cannot be read as a checkpoint") as caught:
        read_torch(path)
    assert len(str(caught.value).splitlines()) == 1


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such checkpoint"):
        read_torch(tmp_path / "nowhere")
