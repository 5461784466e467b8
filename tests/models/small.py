"""A small layout, decoder, MMTG and batch for tests."""

import torch

from mmtg.data.batch import Batch
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import text_tensors
from mmtg.data.vocabulary import character_vocabulary
from mmtg.golden.variants import PUBLISHED
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.mmtg import MMTG, MMTGChoices

WIDTH = 12
LINES = [["春眠", "不觉", "晓处", "闻啼鸟"], ["夜来", "风雨", "声花", "落"], ["知", "多", "少", "春"]]
SIZES = {
    "kind": "slots",
    "steps": 2,
    "lines_per_step": 2,
    "line_tokens": 4,
    "topic_tokens": 4,
    "prompt": "题：",
    "step_types": (1, 2),
}


def small_layout(text="春眠不觉晓处处闻啼鸟夜来风雨声花落知多少题：", **changes):
    return layout_from_plain({**SIZES, **changes}, character_vocabulary([text]))


def small_decoder(layout, width=WIDTH, **changes):
    rows = len(layout.vocabulary)
    sizes = {"width": 16, "layers": 2, "heads": 2, "positions": 64, "projector_hidden": 8, "dropout": 0.1}
    return Decoder(torch.randn(rows, width), DecoderSize(vocabulary=rows, **{**sizes, **changes}))


def small_mmtg(layout, *, hidden=8, decoder=None, **choices):
    torch.manual_seed(0)
    return MMTG(
        decoder or small_decoder(layout),
        MMTGChoices(**{**vars(PUBLISHED), **choices}),
        hidden=hidden,
        attention_heads=2,
        dropout=0.1,
        topic_tokens=layout.topic_tokens,
        step_types=torch.tensor(layout.step_types),
        step_of_position=torch.from_numpy(layout.step_of_position),
    ).eval()


def small_batch(layout):
    generator = torch.Generator().manual_seed(1)
    return Batch(
        **text_tensors(range(3), ["春", "夜", "花"], LINES, layout),
        topic_vector=torch.randn(3, WIDTH, generator=generator),
        image_vectors=torch.randn(3, 2, WIDTH, generator=generator),
        text_vectors=torch.randn(3, 2, WIDTH, generator=generator),
        image_present=torch.ones(3, 2, dtype=torch.bool),
        text_present=torch.ones(3, 2, dtype=torch.bool),
        rating=torch.tensor([5, 4, 1]),
        heard=torch.zeros(3, 0, 0),
    )
