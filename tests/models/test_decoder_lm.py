"""Phase 1: the echo of a step's lines is heard in that step, in training alone."""

import numpy as np
import pytest
import torch

from mmtg.data.module import PoemDataset
from mmtg.data.splits import Poem
from mmtg.errors import InputError
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.decoder_lm import DecoderLM, Echo
from tests.models.small import small_decoder, small_layout

POEMS = [Poem("a", "春", ("春眠", "不觉", "晓处", "闻啼")), Poem("b", "夜", ("夜来", "风雨", "声花", "落"))]
SIZE = {"width": 16, "layers": 1, "heads": 2, "positions": 64, "projector_hidden": 8, "dropout": 0.0}


@pytest.fixture(scope="module")
def layout():
    return small_layout()


@pytest.fixture
def model(layout):
    torch.manual_seed(0)
    steps = torch.from_numpy(layout.step_of_position)
    decoder = small_decoder(layout, 6, dropout=0.0)
    return DecoderLM(decoder, topic_tokens=layout.topic_tokens, step_of_position=steps).eval()


def test_silence_is_the_plain_language_model(model, layout):
    batch = PoemDataset(POEMS, layout).__getitems__([0, 1])
    assert batch.heard.numel() == 0
    torch.testing.assert_close(model(batch).logits, model(batch, torch.zeros(2, 2, 6)).logits)


def test_an_echo_is_heard_from_its_step_on(model, layout):
    heard = np.zeros((2, 2, 6), np.float32)
    heard[:, 1] = 1
    batch = PoemDataset(POEMS, layout, heard).__getitems__([0, 1])
    difference = (model(batch, batch.heard).logits - model(batch).logits).abs().amax((0, 2))
    begin = layout.slot * 2
    assert difference[:begin].max() == 0
    assert difference[begin:].min() > 0


def test_the_share_and_the_noise():
    torch.manual_seed(0)
    heard = torch.ones(4000, 1, 16) / 4
    assert Echo(share=0, noise=1)(heard).abs().max() == 0
    torch.testing.assert_close(Echo(share=1, noise=0)(heard), heard)
    some = Echo(share=0.7, noise=0.5)(heard)
    kept = some.abs().amax((1, 2)) > 0
    assert abs(float(kept.float().mean()) - 0.7) < 0.03
    assert abs(float((some - heard)[kept].norm(dim=2).mean()) - 0.5) < 0.03


def save_gpt2(folder, **changes):
    from transformers import GPT2Config, GPT2LMHeadModel

    config = {"vocab_size": 40, "n_positions": 64, "n_embd": 16, "n_layer": 1, "n_head": 2}
    model = GPT2LMHeadModel(GPT2Config(**{**config, **changes}))
    model.save_pretrained(folder)
    return model


def test_a_pretrained_gpt2_is_loaded(tmp_path):
    saved = save_gpt2(tmp_path)
    decoder = Decoder(torch.zeros(30, 6), DecoderSize(vocabulary=40, **SIZE), pretrained=str(tmp_path))
    torch.testing.assert_close(decoder.gpt2.transformer.wte.weight, saved.transformer.wte.weight)


def test_a_pretrained_gpt2_of_another_size_is_refused(tmp_path):
    save_gpt2(tmp_path, n_layer=2)
    with pytest.raises(InputError, match="n_layer is 2"):
        Decoder(torch.zeros(30, 6), DecoderSize(vocabulary=40, **SIZE), pretrained=str(tmp_path))


def test_a_missing_gpt2_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match=r"nowhere: model\.pretrained"):
        Decoder(torch.zeros(30, 6), DecoderSize(vocabulary=40, **SIZE), pretrained=str(tmp_path / "nowhere"))
