"""CroMIC-CMT as published, and what is balanced."""

import pytest
import torch

from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.golden.cromic import our_name
from mmtg.models.cromic import CroMIC, sinusoids
from mmtg.models.picture_tokens import GridPictures, ResNetTrunk, VectorPictures
from mmtg.models.post_memory import NetworkSize
from tests.models.posts import network, posts

PUBLISHED = {"width": 768, "heads": 8, "feedforward": 1024, "dropout": 0.0}
RESNET50 = {"embedding_size": 64, "hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3]}
READING = Reading(size=224, resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


@pytest.mark.parametrize(
    ("kind", "millions"), [({"replies": True, "answers": 0}, 119.03), ({"replies": False, "answers": 3129}, 70.95)]
)
def test_it_has_as_many_parameters_as_published(kind, millions):
    size = NetworkSize(**PUBLISHED, encoder_layers=6, decoder_layers=6, positions=5000)
    with torch.device("meta"):
        grid = GridPictures(ResNetTrunk(RESNET50), width=768, reading=READING)
        net = CroMIC(size=size, pictures=grid, tokens=21128, pad=0, **kind)
        assert grid(torch.zeros(2, 224, 224, 3, dtype=torch.uint8)).shape == (2, 36, 768)
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(millions, abs=0.005)


@torch.no_grad()
@pytest.mark.parametrize(("balanced", "of_text", "of_picture"), [(False, 762, 1.15), (True, 34, 27.7)])
def test_balanced_starts_with_text_and_pictures_of_about_one_length(balanced, of_text, of_picture):
    torch.manual_seed(0)
    size = NetworkSize(**PUBLISHED, encoder_layers=1, decoder_layers=1, positions=8)
    net = CroMIC(
        size=size, pictures=VectorPictures(given=9, width=768), tokens=40, pad=0, replies=False, answers=2,
        balanced=balanced,
    )  # fmt: skip
    text = torch.arange(5, 11)[None]
    lengths = net.encode(text, torch.randn(1, 2, 9), torch.ones(1, 2, dtype=torch.bool)).inputs.norm(dim=2)[0]
    assert lengths[:6].mean().item() == pytest.approx(of_text, rel=0.05)
    assert lengths[6:].mean().item() == pytest.approx(of_picture, rel=0.05)
    assert net.tokens.weight[0].abs().sum() == 0


def test_positions_are_sinusoids():
    told = sinusoids(5, 6)
    assert told[0].tolist() == [0, 1] * 3
    torch.testing.assert_close(told[:, 0], torch.arange(5.0).sin())
    torch.testing.assert_close(told[3, 5], (torch.tensor(3.0) * 10000 ** (-4 / 6)).cos())


def test_dropout_is_for_training():
    size = NetworkSize(width=32, heads=4, feedforward=48, encoder_layers=1, decoder_layers=1, dropout=0.5, positions=12)
    net, batch = network("cromic", size=size), posts()
    first, second = (net.learn(batch)["lm_loss"][0] for _ in range(2))
    assert torch.equal(first, second)
    first, second = (net.train().learn(batch)["lm_loss"][0] for _ in range(2))
    assert not torch.equal(first, second)


def test_published_names_are_known_and_others_refused():
    assert our_name("module.decoder.layers.3.multihead_attn.in_proj_bias") == (
        "decoder.blocks.3.cross_attention.project_in.bias"
    )
    assert our_name("positional_encoding.pe") is None
    with pytest.raises(InputError, match="no weight"):
        our_name("encoder.layers.0.lstm.weight")
