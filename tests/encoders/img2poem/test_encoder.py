"""The encoder as every run uses it: unit vectors, the same in any company, saved and read back."""

import json

import pytest
import torch
from PIL import Image
from transformers import BertConfig, BertModel, BertTokenizer

from mmtg.encoders.base import Encoder
from mmtg.encoders.img2poem import Img2PoemEncoder
from mmtg.encoders.img2poem.poems import bert_poems, pieces
from mmtg.errors import InputError
from mmtg.world import World

PICTURE = {"size": 64, "resize": None, "mean": [0.5] * 3, "std": [0.5] * 3}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "moon", "rose", ";", "sea"]


def settings(**poem):
    nets = {"preset": "small", "channels": [4, 8], "resnet": {}, "order": ["object", "sentiment", "scene"]}
    tower = {
        "kind": "tower",
        "known": list("\n月光下"),
        "unit": "character",
        "piece_width": 8,
        "width": 6,
        "longest": 9,
    }
    return {"width": 10, "nets": nets, "picture": PICTURE, "poem": poem or tower, "batch_size": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny BERT as transformers keeps it."""
    path = tmp_path_factory.mktemp("bert")
    torch.manual_seed(2)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=12, **sizes)).save_pretrained(path)
    (path / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(str(path / "vocab.txt")).save_pretrained(path)
    return path


def with_bert(folder, newlines="keep"):
    bert = bert_poems(folder, newlines=newlines, longest=12, batch_size=3)
    given = {"config": bert.bert.config.to_dict(), "newlines": newlines, "longest": 12, "batch_size": 3}
    encoder = Img2PoemEncoder(settings(kind="bert", **given), bert.tokenizer)
    encoder.model.poems.load_state_dict(bert.state_dict())
    return encoder


@pytest.fixture(params=["tower", "bert"])
def encoder(request, folder):
    torch.manual_seed(1)
    return Img2PoemEncoder(settings()) if request.param == "tower" else with_bert(folder)


@pytest.fixture(scope="module")
def pictures():
    drawn = World().experience("img2poem", 0).steps
    return [step.picture() for step in drawn] + [Image.new("L", (90, 40), 80)]


def test_vectors_are_of_length_one_and_do_not_depend_on_company(encoder, pictures):
    assert isinstance(encoder, Encoder)
    texts = ["月光下", "the moon\nrose", "", "月" * 40, "光\n下"]
    for items, encode in ((pictures, encoder.encode_images), (texts, encoder.encode_texts)):
        whole = encode(items)
        assert whole.shape == (len(items), encoder.width)
        torch.testing.assert_close(whole.norm(dim=1), torch.ones(len(items)))
        torch.testing.assert_close(torch.cat([encode([item]) for item in items]), whole, rtol=0, atol=1e-5)
        assert encode([]).shape == (0, encoder.width)
        assert not whole.requires_grad
    assert encoder.features(pictures).shape == (len(pictures), encoder.feature_width)


def test_it_is_read_back_as_it_was(encoder, pictures, tmp_path):
    encoder.save(tmp_path / "e")
    again = Img2PoemEncoder.load(tmp_path / "e")
    assert again.fingerprint == encoder.fingerprint
    assert torch.equal(again.encode_images(pictures), encoder.encode_images(pictures))
    assert torch.equal(again.encode_texts(["the moon\nrose"]), encoder.encode_texts(["the moon\nrose"]))
    assert again.model.nets.order == ("object", "sentiment", "scene")
    with pytest.raises(InputError, match="not empty"):
        encoder.save(tmp_path / "e")


def test_what_is_not_whole_is_refused(encoder, tmp_path):
    encoder.save(tmp_path / "e")
    weights = torch.load(tmp_path / "e" / "weights.pt", weights_only=True)
    weights["project_image.bias"] += 1
    torch.save(weights, tmp_path / "e" / "weights.pt")
    with pytest.raises(InputError, match="does not belong"):
        Img2PoemEncoder.load(tmp_path / "e")
    (tmp_path / "e" / "weights.pt").unlink()
    with pytest.raises(InputError, match="not whole"):
        Img2PoemEncoder.load(tmp_path / "e")
    (tmp_path / "e" / "encoder.json").write_text(json.dumps({"format": 0}), encoding="utf-8")
    with pytest.raises(InputError, match="format"):
        Img2PoemEncoder.load(tmp_path / "e")
    with pytest.raises(InputError, match="no encoder"):
        Img2PoemEncoder.load(tmp_path)


def test_bert_gives_its_pooled_output_and_stays_frozen(folder):
    poems = bert_poems(folder, newlines="keep", longest=12, batch_size=3)
    model = BertModel.from_pretrained(folder).eval()
    ids = torch.tensor([[2, 5, 6, 7, 3]])  # [CLS] the moon rose [SEP]
    with torch.no_grad():
        torch.testing.assert_close(poems.train().prepare(["the moon\nrose"]), model(ids).pooler_output)
    assert not any(weight.requires_grad for weight in poems.parameters())


def test_line_breaks_before_bert(folder):
    told = {}
    for newlines, ids in {"semicolon": [2, 6, 8, 7, 3], "separator": [2, 6, 3, 7, 3], "keep": [2, 6, 7, 3]}.items():
        poems = bert_poems(folder, newlines=newlines, longest=12, batch_size=3)
        told[newlines] = poems.prepare(["moon\nrose"])
        with torch.no_grad():
            torch.testing.assert_close(told[newlines], poems.bert(torch.tensor([ids])).pooler_output)
    with pytest.raises(InputError, match="newlines"):
        bert_poems(folder, newlines="slash", longest=12, batch_size=3)


def test_no_bert_is_named(folder, tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        bert_poems(tmp_path, newlines="keep", longest=12, batch_size=3)


def test_words_and_characters():
    assert pieces("a b\nc", "word") == ["a", "b", "\n", "c"]
    assert pieces("月\n光", "character") == ["月", "\n", "光"]
