"""Files like the released ones: every name of MMTG reference, section 2.7, at small sizes."""

import argparse
from collections import OrderedDict

import torch

WIDTH, HIDDEN, PROJECTOR, DECODER_WIDTH, POSITIONS, VOCABULARY, STEPS = 6, 8, 10, 12, 256, 40, 5
ROWS = {"GRU": 3, "LSTM": 4, "RNN": 1}
SIZE = ("model.size.decoder_heads=2", "model.size.attention_heads=2")
"""Overrides for heads, which weights do not tell."""


def decoder_shapes(layers=12):
    """Names in the lyrics decoder's file, and shapes."""
    d = DECODER_WIDTH
    shapes = {
        "projector_layer1.weight": (PROJECTOR, WIDTH),
        "projector_layer1.bias": (PROJECTOR,),
        "projector_layer2.weight": (d, PROJECTOR),
        "projector_layer2.bias": (d,),
        "gpt2.transformer.wte.weight": (VOCABULARY, d),
        "gpt2.transformer.wpe.weight": (POSITIONS, d),
    }
    for i in range(layers):
        inside = {
            "ln_1.weight": (d,), "ln_1.bias": (d,),
            "attn.bias": None, "attn.masked_bias": None,
            "attn.c_attn.weight": (d, 3 * d), "attn.c_attn.bias": (3 * d,),
            "attn.c_proj.weight": (d, d), "attn.c_proj.bias": (d,),
            "ln_2.weight": (d,), "ln_2.bias": (d,),
            "mlp.c_fc.weight": (d, 4 * d), "mlp.c_fc.bias": (4 * d,),
            "mlp.c_proj.weight": (4 * d, d), "mlp.c_proj.bias": (d,),
        }  # fmt: skip
        shapes |= {f"gpt2.transformer.h.{i}.{name}": shape for name, shape in inside.items()}
    ends = {"gpt2.transformer.ln_f.weight": (d,), "gpt2.transformer.ln_f.bias": (d,), "gpt2.lm_head.weight": None}
    return shapes | ends


def step_encoder_shapes(source, kind):
    """Names of a step encoder, and shapes."""
    h = HIDDEN
    if kind in ROWS:
        rows = ROWS[kind] * h
        shapes = {
            "weight_ih_l0": (rows, WIDTH),
            "weight_hh_l0": (rows, h),
            "bias_ih_l0": (rows,),
            "bias_hh_l0": (rows,),
        }
        return {f"encoder.rnns_{source}.{name}": shape for name, shape in shapes.items()}
    inside = {
        "self_attn.in_proj_weight": (3 * h, h), "self_attn.in_proj_bias": (3 * h,),
        "self_attn.out_proj.weight": (h, h), "self_attn.out_proj.bias": (h,),
        "linear1.weight": (4 * h, h), "linear1.bias": (4 * h,),
        "linear2.weight": (h, 4 * h), "linear2.bias": (h,),
        "norm1.weight": (h,), "norm1.bias": (h,), "norm2.weight": (h,), "norm2.bias": (h,),
    }  # fmt: skip
    linear = {f"encoder.linear_{source}.weight": (h, WIDTH), f"encoder.linear_{source}.bias": (h,)}
    return linear | {f"encoder.rnns_{source}.layers.0.{name}": shape for name, shape in inside.items()}


def mmtg_shapes(kind="GRU", *, image=True, text=True, layers=12):
    """Names in MMTG's file after ``module.``, and shapes."""
    h = HIDDEN
    shapes = {"encoder.topic_fc.weight": (h, WIDTH), "encoder.topic_fc.bias": (h,)}
    sources = {"image": ("ln_layer2", "img"), "text": ("ln_layer3", "text")}
    heard = {source: names for source, names in sources.items() if {"image": image, "text": text}[source]}
    for source in heard:
        shapes |= step_encoder_shapes(source, kind)
    for norm in ("ln_layer1", *(norm for norm, _ in heard.values())):
        shapes |= {f"{norm}.weight": (h,), f"{norm}.bias": (h,)}
    for _, short in heard.values():
        for layer in ("query", "key", "value"):
            name = f"{short}_inner_atten_layer.{layer}"
            shapes |= {f"{name}.weight": (h, h), f"{name}.bias": (h,)}
    for i in range(STEPS):
        name = f"mm_atten_layer.att_matrices.{i}"
        shapes |= {f"{name}.weight": (1, h), f"{name}.bias": (1,)}
    shapes |= {"mm_atten_layer.out_linear.weight": (WIDTH, h), "mm_atten_layer.out_linear.bias": (WIDTH,)}
    return shapes | {f"decoder.{name}": shape for name, shape in decoder_shapes(layers).items()}


def draw(shapes, seed=0):
    """Random weights of these names and shapes, mask buffers and the tied output layer as published."""
    generator = torch.Generator().manual_seed(seed)
    weights = OrderedDict()
    for name, shape in shapes.items():
        if name.endswith(".attn.bias"):
            weights[name] = torch.tril(torch.ones(POSITIONS, POSITIONS, dtype=torch.uint8)).view(
                1, 1, POSITIONS, POSITIONS
            )
        elif name.endswith(".attn.masked_bias"):
            weights[name] = torch.tensor(-1e4)
        elif name.endswith("lm_head.weight"):
            weights[name] = next(tensor for other, tensor in weights.items() if other.endswith("wte.weight"))
        else:
            weights[name] = torch.randn(shape, generator=generator) / 4
    return weights


def mmtg_file(path, *, prefix="module.", args=None, **variant):
    """Writes a file like ``mmtg_ckpt.pth``; gives its state dict."""
    state = OrderedDict((prefix + name, tensor) for name, tensor in draw(mmtg_shapes(**variant)).items())
    arguments = argparse.Namespace(lr=1e-5, alpha=0.3, curriculums="[1,3]", **(args or {}))
    torch.save({"model": state, "args": arguments, "model_cfgs": {"seq_len": 5, "dropout": 0.1}}, path)
    return state


def lightning_content(state):
    """What an old Lightning checkpoint holds around its weights: optimizer states, callbacks by class, arguments."""
    from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

    moments = {i: {"step": 3, "exp_avg": torch.zeros(2), "exp_avg_sq": torch.zeros(2)} for i in range(4)}
    return {
        "epoch": 0,
        "global_step": 51291,
        "pytorch-lightning_version": "1.2.8",
        "state_dict": state,
        "callbacks": {
            ModelCheckpoint: {"monitor": "val_loss", "best_model_score": torch.tensor(1.5), "dirpath": "model"},
            EarlyStopping: {"wait_count": 0, "patience": 3},
        },
        "optimizer_states": [{"state": moments, "param_groups": [{"lr": 1.5e-4, "params": [0, 1, 2, 3]}]}],
        "lr_schedulers": [{"base_lrs": [1.5e-4], "lr_lambdas": [None]}],
        "hparams_name": "hparams",
        "hyper_parameters": argparse.Namespace(batch_size=8, warmup_steps=2000),
    }
