"""Released files: their forms, their kinds, and what is refused."""

import argparse
import os
from collections import OrderedDict

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.released import DECODER, MMTG, read_released
from mmtg.models.variant import variant_of
from tests.models.released_files import (
    DECODER_WIDTH,
    HIDDEN,
    POSITIONS,
    PROJECTOR,
    STEPS,
    VOCABULARY,
    WIDTH,
    decoder_shapes,
    draw,
    lightning_content,
    mmtg_file,
    mmtg_shapes,
)
from tests.models.test_plain_torch import Hostile

MASKS = (".attn.bias", ".attn.masked_bias")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "released.pth"


def same(found, drawn):
    wanted = {name.removeprefix("module."): tensor for name, tensor in drawn.items() if not name.endswith(MASKS)}
    assert set(found) == set(wanted)
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())


@pytest.mark.parametrize("prefix", ["module.", ""])
def test_mmtg(path, prefix):
    drawn = mmtg_file(path, prefix=prefix)
    released = read_released(path)
    assert released.kind == MMTG
    assert released.kl_weight == 0.3
    same(released.weights, drawn)


def test_a_bare_state_dict_tells_no_kl_weight(path):
    drawn = draw(mmtg_shapes())
    torch.save(drawn, path)
    released = read_released(path)
    assert released.kl_weight is None
    same(released.weights, drawn)


@pytest.mark.parametrize("zipped", [True, False])
def test_the_lyrics_decoder_of_an_old_lightning(path, zipped):
    drawn = draw(decoder_shapes())
    torch.save(lightning_content(drawn), path, _use_new_zipfile_serialization=zipped)
    released = read_released(path)
    assert released.kind == DECODER
    same(released.weights, drawn)


def test_hyper_parameters_of_an_old_lightning(path, monkeypatch):
    """AttributeDict was a class of Lightning's own; the file gets a plain dict."""
    from pytorch_lightning.utilities import parsing

    class AttributeDict(dict):
        pass

    AttributeDict.__module__, AttributeDict.__qualname__ = parsing.__name__, "AttributeDict"
    monkeypatch.setattr(parsing, "AttributeDict", AttributeDict)
    content = lightning_content(draw(decoder_shapes()))
    content["hyper_parameters"] = AttributeDict(lr=1e-4)
    torch.save(content, path)
    assert read_released(path).kind == DECODER


@pytest.mark.parametrize("owner", ["decoder.", "module.decoder.", "module.", ""])
def test_the_decoder_alone_under_any_owner(path, owner):
    drawn = draw(decoder_shapes())
    torch.save(OrderedDict((owner + name, tensor) for name, tensor in drawn.items()), path)
    released = read_released(path)
    assert released.kind == DECODER
    same(released.weights, drawn)


OTHERS = {
    "img_self_atten_layer.query.weight": "v4 development model",
    "text_self_atten_layer.key.bias": "v4 development model",
    "mm_atten_layer.topic_q.weight": "v4 development model",
    "mm_atten_layer.v.0.weight": "v4 development model",
    "agg_layer.agg_layer.weight_ih_l0": "v4 development model",
    "decoder.embeddings.weight": "images2poem",
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_are_refused_by_name(path, name):
    shapes = {"encoder.rnns_image.weight_ih_l0": (3, 2), name: (2, 2)}
    torch.save({"model": {f"module.{n}": torch.zeros(s) for n, s in shapes.items()}}, path)
    with pytest.raises(InputError, match=OTHERS[name]) as caught:
        read_released(path)
    assert name in str(caught.value)


REFUSED = {
    "a list": ([1, 2], "holds a list"),
    "nothing": ({}, "neither MMTG nor the lyrics decoder"),
    "another model": ({"layer.weight": torch.zeros(2)}, "layer.weight"),
    "a number among the weights": ({"model": {"encoder.topic_fc.weight": 3}}, "encoder.topic_fc.weight"),
    "a sparse weight": ({"model": {"encoder.topic_fc.weight": torch.eye(2).to_sparse()}}, "encoder.topic_fc.weight"),
    "a weight without values": (
        {"model": {"encoder.topic_fc.weight": torch.zeros(2, device="meta")}},
        "encoder.topic_fc.weight",
    ),
    "a name that is none": ({"model": {7: torch.zeros(2)}}, "7"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_no_released_file(path, fault):
    content, word = REFUSED[fault]
    torch.save(content, path)
    with pytest.raises(InputError, match=word) as caught:
        read_released(path)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("alpha", ["0.2", float("nan"), float("inf"), -0.2, 10**400, [0.2]])
def test_a_kl_weight_that_is_none(path, alpha):
    torch.save({"model": draw(mmtg_shapes()), "args": argparse.Namespace(alpha=alpha)}, path)
    with pytest.raises(InputError, match=r"args\.alpha"):
        read_released(path)


def test_code_beside_the_weights_is_not_run(path, tmp_path):
    torch.save({"model": draw(mmtg_shapes()), "args": Hostile(os.system, f"touch {tmp_path}/marker")}, path)
    with pytest.raises(InputError, match="system"):
        read_released(path)
    assert not (tmp_path / "marker").exists()


def test_a_stand_in_does_nothing(path):
    """A file may ask for a callback; what it gets is not Lightning's class."""
    from pytorch_lightning.callbacks import ModelCheckpoint

    torch.save({**lightning_content(draw(decoder_shapes())), "extra": Hostile(ModelCheckpoint, "folder")}, path)
    with pytest.raises(InputError, match="cannot be read"):
        read_released(path)


VARIANTS = {
    "gru": {},
    "lstm": {"kind": "LSTM"},
    "rnn": {"kind": "RNN"},
    "transformer": {"kind": "TRM"},
    "gru without images": {"image": False},
    "lstm without texts": {"kind": "LSTM", "text": False},
    "transformer without texts": {"kind": "TRM", "text": False},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(path, name):
    mmtg_file(path, **VARIANTS[name])
    variant = variant_of(read_released(path))
    assert variant.switches == {
        "encoder": name.split()[0],
        "use_image": "without images" not in name,
        "use_text": "without texts" not in name,
    }
    assert (variant.width, variant.steps) == (WIDTH, STEPS)
    assert variant.size == {
        "hidden": HIDDEN,
        "projector_hidden": PROJECTOR,
        "decoder_layers": 12,
        "decoder_width": DECODER_WIDTH,
        "decoder_positions": POSITIONS,
        "decoder_vocabulary": VOCABULARY,
    }


def changed(**changes):
    weights = {**draw(mmtg_shapes()), **changes}
    return {name: tensor for name, tensor in weights.items() if tensor is not None}


ODD = {
    "a missing weight": ({"encoder.topic_fc.weight": None}, r"encoder\.topic_fc\.weight: is missing"),
    "an odd rank": ({"encoder.topic_fc.weight": torch.zeros(8)}, r"encoder\.topic_fc\.weight: is shaped \[8\]"),
    "no columns": ({"decoder.projector_layer1.weight": torch.zeros(8, 0)}, r"projector_layer1\.weight: is shaped"),
    "odd gates": ({"encoder.rnns_text.weight_hh_l0": torch.zeros(17, 8)}, r"rnns_text\.weight_hh_l0: has 17 rows"),
    "two kinds": ({"encoder.rnns_text.weight_hh_l0": torch.zeros(32, 8)}, "different step encoders"),
}


@pytest.mark.parametrize("fault", ODD)
def test_odd_shapes(path, fault):
    changes, words = ODD[fault]
    torch.save({"model": changed(**changes)}, path)
    with pytest.raises(InputError, match=words):
        variant_of(read_released(path))


def test_neither_pictures_nor_texts(path):
    mmtg_file(path, image=False, text=False)
    with pytest.raises(InputError, match="neither pictures nor texts"):
        variant_of(read_released(path))
