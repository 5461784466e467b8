"""A small unified transformer, a system around it, and experiences for both."""

import torch

from mmtg.curriculum import Schedule, Stage
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import stacked, text_tensors
from mmtg.data.pictured import PicturedBatch
from mmtg.data.post_vocabulary import post_vocabulary
from mmtg.decoding.settings import DecodingSettings
from mmtg.models.system import OptimizerSettings, Parts
from mmtg.models.unified_embeddings import UnifiedCells, UnifiedText
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_layers import UnifiedSize
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_system import UnifiedSystem

TOKENS, PAD, START, END, MASK, LINE = 30, 0, 2, 3, 4, 5
STEPS, GRID, WIDTH, PICTURE, CLUSTERS = 2, 2, 6, 5, 7
CELLS = STEPS * GRID**2
SIZE = {"width": 16, "heads": 2, "feedforward": 24, "dropout": 0.1}
LAYERS = {"text_layers": 1, "cell_layers": 1, "cross_layers": 2, "joint_layers": 3}
TEXT = UnifiedText(vocabulary=TOKENS, pad=PAD, line=LINE, lines_per_step=1, topic_tokens=5, positions=12)
NOTES = [["春眠", "不觉"], ["夜来", "风"], ["知", "多少"]]


def network(streams="two", *, seed=3, text=TEXT, **cells):
    """In evaluation mode, the same each time, its weights large enough for everything to have an influence."""
    torch.manual_seed(seed)
    seen = UnifiedCells(**{"steps": STEPS, "grid": GRID, "width": WIDTH, "clusters": CLUSTERS} | cells)
    made = UnifiedNetwork(
        size=UnifiedSize(closeness=1.5, **SIZE, **LAYERS), text=text, cells=seen, streams=streams, init_std=0.02
    ).eval()
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() > 1:
                weight.normal_(std=0.3)
        made.looks.mask.normal_()
    made.take_codebook(torch.randn(CLUSTERS, WIDTH))
    return made


def scene(seed=0):
    """Three experiences; topics of 5, 3 and 4 tokens, lines of 8, 5 and 6; the second lacks its first picture."""
    random = torch.Generator().manual_seed(seed)
    topic = torch.randint(6, TOKENS, (3, 5), generator=random)
    lines = torch.randint(6, TOKENS, (3, 8), generator=random)
    lines[:, 3] = LINE
    for rows, lengths in ((topic, (5, 3, 4)), (lines, (8, 5, 6))):
        for row, length in zip(rows, lengths, strict=True):
            row[0], row[length - 1], row[length:] = START, END, PAD
    present = torch.ones(3, CELLS, dtype=torch.bool)
    present[1, : GRID**2] = False
    return Scene(topic, lines, torch.randn(3, CELLS, WIDTH, generator=random), present)


def system(**changes):
    """A small system in training mode; its vocabulary is that of NOTES."""
    vocabulary = post_vocabulary(["".join(lines) for lines in NOTES])
    sizes = {"steps": STEPS, "lines_per_step": 1, "line_tokens": 3, "topic_tokens": 4, "prompt": ""}
    layout = layout_from_plain({"kind": "prompts", **sizes, "step_types": (1, 2)}, vocabulary)
    drawing = {"top_k": 1, "top_p": 0.0, "temperature": 1.0, "repetition_penalty": 1.0, "penalty": "standard"}
    parts = Parts(
        layout=layout,
        token_table=torch.zeros(0, 0),
        schedule=Schedule(
            epochs=1, stages=(Stage(until_epoch=None, ratings=(4, 5), positive_from=4),), evaluation_positive_from=4
        ),
        optimizer=OptimizerSettings(
            learning_rate=1e-2, betas=(0.9, 0.99), eps=1e-6, weight_decay=0.0, warmup_steps=0, total_steps=100
        ),
        decoding=DecodingSettings(samples=1, seed=0, batch_size=2, **drawing),
    )
    whole = {"paints_by": "clip", "weight": 1.0, "temperature": 1.0, "noise": True}
    whole |= {"draw_temperature": 1.0, "reward_weight": 1.0, "whole_weight": 1.0, "ends": False}
    whole |= changes.pop("sequence_level", {})
    rule = {"smoothing": 0.2, "hidden": 0.1, "predicts": "causal", "draws": 2, "evaluated": 3, "iterations": 4}
    rule |= {"unlikelihood": 0.0, "unlikelihood_power": 1.0}
    size = {**SIZE, **LAYERS, "clusters": CLUSTERS, "init_std": 0.02}
    size = {f"unified_{k}": v for k, v in size.items() if k != "dropout"}
    settings = {
        "name": "unified", "size": size, "dropout": 0.3, "closeness": 1.0, "pretrained": None,
        "streams": "two", "shared": True, "tasks": ["xe_t2i", "xe_i2t"], "features": "mixed",
        "grid": GRID, "iterations": 4, "text_tokens": 5, "positions": 12,
        "positions_restart": False, "lines_per_text": None, "bound_lines": True,
        "writes_unknown": False, "vector_width": WIDTH, "picture_width": PICTURE,
    }  # fmt: skip
    torch.manual_seed(3)
    rule |= changes.pop("token_level", {})
    made = UnifiedSystem(parts, {}, token_level=rule, sequence_level=whole, **{**settings, **changes})
    made.model.take_codebook(torch.randn(CLUSTERS, WIDTH))
    made.model.whole.take(torch.randn(PICTURE, WIDTH), torch.randn(PICTURE))
    return made


def batch(made, seed=1):
    """Three experiences for a system, the last rated 1."""
    random, words = torch.Generator().manual_seed(seed), made.vocabulary
    present = torch.tensor([[True, True], [False, True], [True, True]])
    lines = [(words.start, *made.layout.encode_lines(own).ids[:-1].tolist(), words.end) for own in NOTES]
    return PicturedBatch(
        **text_tensors(range(3), ["春", "夜来", "知"], NOTES, made.layout),
        topic_vector=torch.zeros(3, WIDTH),
        image_vectors=torch.zeros(3, STEPS, WIDTH),
        text_vectors=torch.zeros(3, STEPS, WIDTH),
        image_present=present,
        text_present=present,
        rating=torch.tensor([5, 4, 1]),
        heard=torch.zeros(3, 0, 0),
        pictures=torch.randn(3, STEPS, GRID**2, WIDTH, generator=random) * present[..., None, None],
        topic_words=stacked([made.tokens.encode_text(topic) for topic in ("春", "夜来", "知")], words.pad),
        step_words=torch.zeros(3, STEPS, 0, dtype=torch.int64),
        reply=stacked(lines, words.pad),
    )
