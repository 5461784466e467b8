"""Names of the published code and ours, both ways."""

import json

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.published import from_published, to_published, with_buffers
from tests.models.released_files import decoder_shapes, draw, mmtg_shapes

VARIANTS = {
    "encoder_lstm": {"kind": "LSTM"},
    "encoder_rnn": {"kind": "RNN"},
    "encoder_trm": {"kind": "TRM"},
    "without_image": {"image": False},
    "without_text": {"text": False},
    "fixed_alpha": {},
    "fusion_mul": {},
    "without_topic_prompt": {},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_files_of_these_tests_have_the_published_names(shared, variant):
    described = json.loads((shared / "golden" / "mmtg_variants" / f"{variant}.json").read_text(encoding="utf-8"))
    ours = mmtg_shapes(**VARIANTS[variant], layers=described["n_layer"])
    no_parameters = (".attn.bias", ".attn.masked_bias", "lm_head.weight")
    assert {name for name in ours if not name.endswith(no_parameters)} == set(described["parameters"])


def test_the_numbers_of_names_are_the_published_ones():
    assert len(mmtg_shapes()) == 217
    assert len(decoder_shapes()) == 177


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("prefix", ["module.", ""])
def test_there_and_back(variant, prefix):
    weights = draw(mmtg_shapes(**VARIANTS[variant]))
    ours = from_published({prefix + name: tensor for name, tensor in weights.items()})
    assert not any(name.startswith(("encoder.", "ln_layer", "img_", "text_inner", "mm_", "module.")) for name in ours)
    back = with_buffers(to_published(ours))
    assert set(back) == set(weights)
    for name, tensor in weights.items():
        assert back[name].dtype == tensor.dtype
        assert torch.equal(back[name], tensor), name


def test_a_weight_without_a_published_name_is_refused():
    with pytest.raises(InputError, match=r"image_encoder\.positions"):
        to_published({"image_encoder.positions": torch.zeros(1)})
