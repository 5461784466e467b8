"""Small checkpoints with random weights, one per family."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertTokenizer,
    ChineseCLIPConfig,
    ChineseCLIPImageProcessorPil,
    ChineseCLIPModel,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    Siglip2Config,
    Siglip2ImageProcessorPil,
    Siglip2Model,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
)

TOWER = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
WORDS = list("月亮河船照着我的心abcdefgh")


def save_clip(folder: Path) -> Path:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=12).save_pretrained(folder)
    text = {"vocab_size": len(tokens), "max_position_embeddings": 12, **TOWER}
    text |= {"bos_token_id": len(tokens) - 2, "eos_token_id": len(tokens) - 1, "pad_token_id": len(tokens) - 1}
    config = CLIPConfig(text_config=text, vision_config=_vision(), projection_dim=24)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPImageProcessorPil(**size).save_pretrained(folder)
    return _save(CLIPModel, config, folder)


def save_chinese_clip(folder: Path) -> Path:
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    BertTokenizer(vocab=vocabulary, model_max_length=12).save_pretrained(folder)
    text = {"vocab_size": len(tokens), "max_position_embeddings": 16, **TOWER}
    config = ChineseCLIPConfig(text_config=text, vision_config=_vision(), projection_dim=24)
    ChineseCLIPImageProcessorPil(
        size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}, do_center_crop=False
    ).save_pretrained(folder)
    return _save(ChineseCLIPModel, config, folder)


def save_siglip(folder: Path) -> Path:
    tokens = _save_word_tokenizer(folder)
    text = {"vocab_size": tokens, "max_position_embeddings": 10, "projection_size": 16, **TOWER}
    config = SiglipConfig(text_config=text, vision_config=_vision())
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return _save(SiglipModel, config, folder)


def save_siglip2(folder: Path) -> Path:
    tokens = _save_word_tokenizer(folder)
    text = {"vocab_size": tokens, "max_position_embeddings": 10, "projection_size": 16, **TOWER}
    config = Siglip2Config(text_config=text, vision_config={"patch_size": 8, "num_patches": 16, **TOWER})
    Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16).save_pretrained(folder)
    return _save(Siglip2Model, config, folder)


def _vision() -> dict[str, int]:
    return {"image_size": 32, "patch_size": 8, **TOWER}


def _save_word_tokenizer(folder: Path) -> int:
    tokens = ["<pad>", "</s>", "<unk>", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({token: number for number, token in enumerate(tokens)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    wrapped.save_pretrained(folder)
    return len(tokens)


def _save(kind: type, config: object, folder: Path) -> Path:
    torch.manual_seed(0)
    model = kind(config)
    with torch.no_grad():
        for parameter in model.parameters():  # the families' own initial weights give near-equal vectors
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return folder


FAMILIES = {
    "clip": save_clip,
    "chinese_clip": save_chinese_clip,
    "siglip": save_siglip,
    "siglip2": save_siglip2,
}
