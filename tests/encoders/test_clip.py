import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import BertConfig, BertModel

import mmtg.encoders.clip as clip
from mmtg.encoders.base import Encoder
from mmtg.encoders.clip import ClipEncoder
from mmtg.errors import InputError

from .checkpoints import FAMILIES

TEXTS = ["月亮", "a", "月亮照着我的心", "", "河船 河船 河船 河船 河船 河船 河船 河船 河船 河船", "abc def"]


def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    sizes = [(64, 64), (3, 50), (1, 1), (200, 90), (32, 32), (3, 3)]
    return [Image.fromarray(rng.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in sizes]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FAMILIES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def encoder(folder: Path) -> ClipEncoder:
    return ClipEncoder(folder, batch_size=4, device="cpu")


def test_gives_unit_vectors(encoder: ClipEncoder) -> None:
    assert isinstance(encoder, Encoder)
    for vectors in (encoder.encode_texts(TEXTS), encoder.encode_images(pictures())):
        assert vectors.shape == (6, encoder.width)
        assert vectors.dtype == torch.float32
        assert not vectors.requires_grad
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(6))


def test_items_do_not_see_each_other(encoder: ClipEncoder) -> None:
    alone = torch.cat([encoder.encode_texts([text]) for text in TEXTS])
    torch.testing.assert_close(encoder.encode_texts(TEXTS), alone, atol=2e-6, rtol=0)
    alone = torch.cat([encoder.encode_images([picture]) for picture in pictures()])
    torch.testing.assert_close(encoder.encode_images(pictures()), alone, atol=2e-6, rtol=0)


def test_different_items_get_different_vectors(encoder: ClipEncoder) -> None:
    # Chinese-CLIP's and SigLIP's word tokenizers here know these characters, CLIP's knows all bytes.
    one, two = encoder.encode_texts(["月亮", "河船"])
    assert (one - two).abs().max() > 1e-3
    one, two = encoder.encode_images(pictures()[:2])
    assert (one - two).abs().max() > 1e-4


def test_no_items_give_no_vectors(encoder: ClipEncoder) -> None:
    assert encoder.encode_texts([]).shape == (0, encoder.width)
    assert encoder.encode_images([]).shape == (0, encoder.width)


def test_long_texts_are_cut_off_at_their_end(encoder: ClipEncoder) -> None:
    long = "月亮" * 400
    torch.testing.assert_close(encoder.encode_texts([long]), encoder.encode_texts([long + "心"]))


def test_long_thin_pictures_take_little_memory(encoder: ClipEncoder) -> None:
    thread = Image.new("RGB", (1, 200_000), "red")
    wanted = encoder.encode_images([Image.new("RGB", (1, clip.LONGEST_ASPECT), "red")])
    torch.testing.assert_close(encoder.encode_images([thread]), wanted, atol=1e-5, rtol=0)


def test_every_mode_is_taken(encoder: ClipEncoder) -> None:
    for mode in ("L", "RGBA", "P", "CMYK", "1"):
        assert encoder.encode_images([Image.new(mode, (40, 40))]).shape == (1, encoder.width)


def test_fingerprint_is_of_the_content(folder: Path, encoder: ClipEncoder, tmp_path: Path) -> None:
    again = ClipEncoder(folder, batch_size=1, device="cpu")
    assert again.fingerprint == encoder.fingerprint
    with torch.no_grad():
        next(again._model.requires_grad_(False).parameters()).add_(1)
    del again.fingerprint
    assert again.fingerprint != encoder.fingerprint


def test_agrees_with_the_model_called_by_hand(folder: Path, encoder: ClipEncoder) -> None:
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    siglip = "siglip" in model.config.model_type
    length = model.config.text_config.max_position_embeddings
    inputs = tokenizer(["abc"], return_tensors="pt", padding="max_length" if siglip else False, max_length=length)
    if siglip:
        inputs = {"input_ids": inputs["input_ids"]}
    with torch.no_grad():
        features = model.get_text_features(**inputs).pooler_output
    wanted = features / features.norm(dim=1, keepdim=True)
    torch.testing.assert_close(encoder.encode_texts(["ABC" if siglip else "abc"]), wanted, atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FAMILIES["clip"](tmp_path_factory.mktemp("one"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"checkpoint": "/nowhere/at/all"}, "there is no such folder"),
        ({"checkpoint": "./nowhere"}, "there is no such folder"),
        ({"checkpoint": ""}, "there is no such folder"),
        ({"width": 7}, "gives 24, not 7"),
        ({"dtype": "int8"}, "floating type"),
        ({"dtype": "nn"}, "floating type"),
        ({"batch_size": 0}, "at least 1"),
        ({"device": "moon"}, "device"),
    ],
)
def test_bad_arguments_are_refused(one: Path, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ClipEncoder(**{"checkpoint": one, "batch_size": 2, "device": "cpu", **arguments})


def _copy(source: Path, target: Path) -> Path:
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"])
def test_missing_and_broken_files_are_refused(one: Path, tmp_path: Path, name: str) -> None:
    copy = _copy(one, tmp_path)
    (copy / name).write_bytes((copy / name).read_bytes()[:50])
    with pytest.raises(InputError, match=str(tmp_path)):
        ClipEncoder(copy, batch_size=2, device="cpu")
    (copy / name).unlink()
    with pytest.raises(InputError, match=str(tmp_path)):
        ClipEncoder(copy, batch_size=2, device="cpu")


def test_other_models_are_refused(tmp_path: Path) -> None:
    config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="kind 'bert'"):
        ClipEncoder(tmp_path, batch_size=2, device="cpu")


def test_missing_weights_are_not_made_up(one: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    copy = _copy(one, tmp_path)
    weights = load_file(copy / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="visual_projection"):
        ClipEncoder(copy, batch_size=2, device="cpu")


def test_pickled_code_is_never_run(one: Path, tmp_path: Path) -> None:
    copy, mark = _copy(one, tmp_path), tmp_path / "ran"
    (copy / "model.safetensors").unlink()

    class Evil:
        def __reduce__(self) -> tuple:
            return Path.touch, (mark,)

    torch.save({"logit_scale": Evil()}, copy / "pytorch_model.bin")
    with pytest.raises(InputError):
        ClipEncoder(copy, batch_size=2, device="cpu")
    assert not mark.exists()


def test_code_in_the_checkpoint_is_never_run(one: Path, tmp_path: Path) -> None:
    copy, mark = _copy(one, tmp_path), tmp_path / "ran"
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text(f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n")
    with pytest.raises(InputError):
        ClipEncoder(copy, batch_size=2, device="cpu")
    assert not mark.exists()


def test_an_unreachable_hub_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("We couldn't connect\nto the hub")

    monkeypatch.setattr(clip.AutoConfig, "from_pretrained", fail)
    with pytest.raises(InputError, match=r"owner/name: .*hub.*couldn't connect") as caught:
        ClipEncoder("owner/name", batch_size=2, device="cpu")
    assert "\n" not in str(caught.value)


def test_the_package_needs_no_transformers() -> None:
    code = "import sys, mmtg.encoders.base, mmtg.encoders.tokens, mmtg.encoders.precomputed, mmtg.data.encode"
    code += "; sys.exit('transformers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
