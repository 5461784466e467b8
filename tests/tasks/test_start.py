"""Runs that start from a checkpoint's weights: model.weights."""

import hashlib
import shutil

import pytest
import torch

from mmtg.models.build import load_system
from tests.conftest import DEBUG

STILL = ("optimizer.learning_rate=0", "pretrain.optimizer.learning_rate=0", "logger.wandb.enabled=false")
"""A run that learns nothing ends with the weights that it began with."""


@pytest.fixture(scope="module")
def decoder_run(fit):
    return fit("+experiment=decoder_world", "logger.wandb.enabled=false")


def weights(run, name="last"):
    return torch.load(run / "checkpoints" / f"{name}.ckpt", weights_only=True)["state_dict"]


def same(found, wanted, start=""):
    for name, tensor in wanted.items():
        if name.startswith(start):
            assert torch.equal(found[name], tensor), name


def test_from_all_of_an_earlier_run(fit, world_run, read, tmp_path):
    source = tmp_path / "source.ckpt"
    shutil.copy(world_run / "checkpoints" / "last.ckpt", source)
    run = fit("+experiment=mmtg_full", f"model.weights={source}", "model.pretrained=nowhere", "seed=7", *STILL)
    same(weights(run), weights(world_run))
    provenance = read(run / "provenance.json")
    assert provenance["weights"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert "decoder" not in provenance["artefacts"]  # phase 1 would be for nothing
    source.unlink()
    assert load_system(run / "checkpoints" / "best.ckpt")  # the run's own checkpoints are complete


def test_from_a_decoder(fit, decoder_run):
    checkpoint = decoder_run / "checkpoints" / "last.ckpt"
    run = fit("+experiment=mmtg_full", f"model.weights={checkpoint}", "pretrain.listening.steps=0", *STILL)
    same(weights(run), weights(decoder_run), "model.decoder.")


def test_phase_one_from_a_decoder(fit, decoder_run, artefacts):
    kept = sorted(path.name for path in artefacts.glob("decoder-*"))
    checkpoint = decoder_run / "checkpoints" / "last.ckpt"
    run = fit("+experiment=decoder_world", f"model.weights={checkpoint}", "pretrain.seed=5", *STILL)
    same(weights(run), weights(decoder_run))
    assert sorted(path.name for path in artefacts.glob("decoder-*")) == kept  # it is not what phase 1 makes of nothing


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.encoder=lstm", ["image_encoder.layers.weight_ih_l0 shaped [96"]),
        ("model.weights=nowhere.ckpt", ["nowhere.ckpt", "model.weights"]),
    ],
)
def test_what_does_not_fit_is_named(cli, world_run, artefacts, tmp_path, override, words):
    done = cli(
        "+experiment=mmtg_full", f"model.weights={world_run}/checkpoints/last.ckpt", override, *DEBUG, *STILL,
        f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run",
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in done.stderr
