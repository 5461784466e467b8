"""torchvision's ResNet in transformers' class: names, files, and the arithmetic of a block."""

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d
from transformers import ResNetConfig, ResNetModel

from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.resnet_files import load_resnet, torchvision_weights
from mmtg.encoders.resnet_names import transformers_name
from mmtg.errors import InputError

TINY = {"embedding_size": 8, "hidden_sizes": [16, 32], "depths": [2, 1]}
RESNET_50 = {"embedding_size": 64, "hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3]}
NORMS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def torchvision_like(stem, widths, depths, classes):
    """Random weights under torchvision's names and of its shapes, for bottleneck blocks."""
    made = torch.Generator().manual_seed(3)
    weights = {}

    def conv(name, outputs, inputs, side):
        weights[f"{name}.weight"] = torch.randn(outputs, inputs, side, side, generator=made) * 0.2

    def norm(name, width):
        for part in NORMS[:4]:
            weights[f"{name}.{part}"] = torch.rand(width, generator=made) + 0.5
        weights[f"{name}.num_batches_tracked"] = torch.tensor(7)

    conv("conv1", stem, 3, 7)
    norm("bn1", stem)
    inputs = stem
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True), start=1):
        for block in range(depth):
            at, inner = f"layer{stage}.{block}", width // 4
            for number, (o, i, side) in enumerate([(inner, inputs, 1), (inner, inner, 3), (width, inner, 1)], start=1):
                conv(f"{at}.conv{number}", o, i, side)
                norm(f"{at}.bn{number}", o)
            if block == 0:
                conv(f"{at}.downsample.0", width, inputs, 1)
                norm(f"{at}.downsample.1", width)
            inputs = width
    weights["fc.weight"], weights["fc.bias"] = torch.randn(classes, inputs), torch.randn(classes)
    return weights


@pytest.fixture(scope="module")
def tiny():
    return torchvision_like(8, [16, 32], [2, 1], 365)


@pytest.mark.parametrize(
    ("sizes", "classes"), [(TINY, 365), (RESNET_50, 1000)]
)  # fmt: skip
def test_names_are_a_bijection_and_shapes_agree(sizes, classes):
    given = torchvision_like(sizes["embedding_size"], sizes["hidden_sizes"], sizes["depths"], classes)
    weights = torchvision_weights(given)
    with torch.device("meta"):
        own = ResNetModel(ResNetConfig(**sizes)).state_dict()
    assert set(weights) == set(own)
    assert len(weights) == len(given) - 2  # one to one, but for the classifier
    assert all(weights[name].shape == own[name].shape for name in own)


def by_hand(weights, pictures):
    """torchvision's forward, written out."""

    def step(x, conv, norm, stride=1):
        kernel = weights[f"{conv}.weight"]
        x = conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        mean, var, scale, shift = (weights[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias"))
        return batch_norm(x, mean, var, scale, shift)

    x = torch.nn.functional.max_pool2d(step(pictures, "conv1", "bn1", 2).relu(), 3, 2, 1)
    for at, stride in (("layer1.0", 1), ("layer1.1", 1), ("layer2.0", 2)):
        y = step(x, f"{at}.conv1", f"{at}.bn1").relu()
        y = step(y, f"{at}.conv2", f"{at}.bn2", stride).relu()
        y = step(y, f"{at}.conv3", f"{at}.bn3")
        shortcut = f"{at}.downsample.0.weight" in weights
        x = (y + (step(x, f"{at}.downsample.0", f"{at}.downsample.1", stride) if shortcut else x)).relu()
    return x.mean((2, 3))


def nets(order=("object", "scene", "sentiment")):
    torch.manual_seed(0)
    return VisualNets(preset="resnet", channels=[], resnet=TINY, order=order).eval()


def test_files_of_each_kind_give_what_torchvision_would(tiny, tmp_path):
    torch.save(tiny, tmp_path / "imagenet.pth")
    places = {"epoch": 9, "arch": "resnet50", "state_dict": {f"module.{name}": value for name, value in tiny.items()}}
    torch.save(places, tmp_path / "places.pth.tar", _use_new_zipfile_serialization=False)
    model = ResNetModel(ResNetConfig(**TINY))
    model.load_state_dict(torchvision_weights(tiny))
    model.save_pretrained(tmp_path / "folder")
    loaded = nets()
    files = {"object": "imagenet.pth", "scene": "places.pth.tar", "sentiment": "folder"}
    loaded.load({name: str(tmp_path / file) for name, file in files.items()})
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = by_hand(tiny, pictures)
        for name, vectors in loaded.each(pictures).items():
            torch.testing.assert_close(vectors, expected, rtol=1e-4, atol=1e-4, msg=name)


def test_the_order_is_kept():
    pictures = torch.randn(2, 3, 32, 32)
    one, other = nets(), nets(("object", "sentiment", "scene"))
    width = one.net_width
    with torch.no_grad():
        told, turned = one(pictures).split(width, 1), other(pictures).split(width, 1)
    assert torch.equal(told[1], turned[2])
    assert torch.equal(told[2], turned[1])
    assert not torch.allclose(told[1], told[2])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda w: w.pop("layer1.1.bn2.bias"), "1 weights are missing"),
        (lambda w: w.update({"conv1.weight": torch.zeros(8, 3, 3, 3)}), "conv"),
        (lambda w: w.update({"features.0.weight": torch.zeros(1)}), "features.0.weight"),
    ],
)
def test_weights_of_another_network_are_refused(tiny, tmp_path, change, what):
    weights = dict(tiny)
    change(weights)
    torch.save(weights, tmp_path / "w.pth")
    with pytest.raises(InputError, match=what):
        load_resnet(ResNetModel(ResNetConfig(**TINY)), tmp_path / "w.pth", field="x")


def test_pickled_code_is_not_run(tmp_path):
    torch.save({"state_dict": {"conv1.weight": print}}, tmp_path / "w.pth")
    with pytest.raises(InputError, match="cannot be read"):
        load_resnet(ResNetModel(ResNetConfig(**TINY)), tmp_path / "w.pth", field="x")


def test_unknown_names_have_no_place():
    assert transformers_name("layer1.0.conv2.weight") == "encoder.stages.0.layers.0.layer.1.convolution.weight"
    assert transformers_name("classifier.6.bias") is None
