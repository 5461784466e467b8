"""Decoding in slots: the cache and the skipped padding change nothing, and the structure holds."""

import numpy as np
import pytest
import torch

from mmtg.data.layout import SlotsLayout
from mmtg.data.vocabulary import character_vocabulary
from mmtg.decoding.filters import draw, published_penalty, standard_penalty
from mmtg.decoding.slots import PENALTIES, DecodingSettings, SlotDecoding, decode_texts, noise
from mmtg.errors import InputError
from mmtg.models.decoder import Decoder, DecoderSize

SETTINGS = {
    "samples": 2,
    "top_k": 6,
    "top_p": 0.9,
    "temperature": 1.1,
    "repetition_penalty": 1.5,
    "penalty": "standard",
    "seed": 3,
    "batch_size": 16,
}


@pytest.fixture(scope="module")
def layout():
    vocabulary = character_vocabulary(["春眠不觉晓处处闻啼鸟夜来风雨声花落知多少主题词："])
    return SlotsLayout(
        vocabulary=vocabulary,
        steps=3,
        lines_per_step=2,
        line_tokens=4,
        topic_tokens=7,
        prompt="主题词：",
        step_types=(1, 2, 1),
    )


@pytest.fixture(scope="module")
def decoder(layout):
    torch.manual_seed(0)
    size = DecoderSize(
        width=16, layers=2, heads=2, positions=64, vocabulary=len(layout.vocabulary), projector_hidden=16, dropout=0.1
    )
    decoder = Decoder(torch.randn(len(layout.vocabulary), 12), size).eval()
    with torch.no_grad():
        for name, weight in decoder.named_parameters():
            if "ln_" not in name:
                weight.mul_(6)  # sharp enough that tokens depend on what stands before
        decoder.gpt2.transformer.wte.weight[layout.vocabulary.pad].add_(0.3)  # lines end early now and then
    return decoder


def prompts(layout, topics):
    found = [layout.encode_topic(topic) for topic in topics]
    names = {"topic_ids": "ids", "topic_types": "types", "topic_mask": "mask"}
    return {name: torch.from_numpy(np.stack([getattr(f, part) for f in found])) for name, part in names.items()}


def full_pass(decoder, layout, settings, ids, given, context, uniform):
    """The published loop: everything anew for every token, one text at a time."""
    vocabulary = layout.vocabulary
    out = [vocabulary.start]
    for position in range(1, layout.length - 1):
        line, offset = divmod(position, layout.slot)
        if offset == 0 or offset == layout.slot - 1:
            out.append(vocabulary.start if offset == 0 else vocabulary.eos)
            continue
        if out[-1] == vocabulary.pad:
            out.append(vocabulary.pad)
            continue
        row = torch.tensor([out])
        steps = torch.as_tensor(layout.step_of_position)[: len(out)]
        kinds = torch.tensor(layout.step_types)[steps] * ~torch.isin(row, torch.tensor([0, 1, 2]))
        hidden = decoder(
            torch.cat([given["topic_ids"], row], 1),
            torch.cat([given["topic_types"], kinds], 1),
            torch.cat([given["topic_mask"], (row != vocabulary.pad).long()], 1),
            context=torch.nn.functional.pad(context[:, : len(out)], (0, 0, layout.topic_tokens, 0)),
        )
        logits = decoder.logits(hidden[:, -1])
        counts = torch.zeros_like(logits)
        for token in out:
            if token not in (vocabulary.pad, vocabulary.start, vocabulary.eos):
                counts[0, token] += 1
        scores = PENALTIES[settings.penalty](logits, counts, settings.repetition_penalty) / settings.temperature
        scores[:, [vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]] = -torch.inf
        token = draw(scores, uniform[:, line, offset - 1], top_k=settings.top_k, top_p=settings.top_p)
        out.append(int(token))
    return out


@pytest.mark.parametrize("penalty", ["standard", "published"])
def test_cached_batch_equals_full_passes(decoder, layout, penalty):
    settings = DecodingSettings(**{**SETTINGS, "penalty": penalty})
    given = prompts(layout, ["春", "花落", "夜来风雨"])
    context = torch.randn(3, layout.length, 12, generator=torch.Generator().manual_seed(1))
    uniform = noise(layout, 5, [("a", 0), ("b", 0), ("c", 1)])
    cached = SlotDecoding(decoder, layout, settings, **given, context=context, uniform=uniform).run()
    with torch.no_grad():
        for i in range(3):
            one = {name: value[i : i + 1] for name, value in given.items()}
            slow = full_pass(decoder, layout, settings, None, one, context[i : i + 1], uniform[i : i + 1])
            assert cached[i, : len(slow)].tolist() == slow
    lengths = {len(line) for row in cached.tolist() for line in layout.decode_lines(row)}
    assert len(lengths) > 1  # lines did end early, and not all


def test_a_text_does_not_depend_on_its_neighbours(decoder, layout):
    given = prompts(layout, ["春", "花落", "夜来"])
    together = decode_texts(decoder, layout, DecodingSettings(**SETTINGS), names=["a", "b", "c"], context=None, **given)
    alone = {name: value[1:2] for name, value in given.items()}
    small = DecodingSettings(**{**SETTINGS, "batch_size": 1})
    assert decode_texts(decoder, layout, small, names=["b"], context=None, **alone) == together[1:2]
    assert together[1][0] != together[1][1]


def test_structure_is_forced(decoder, layout):
    given = prompts(layout, ["春"])
    settings = DecodingSettings(**SETTINGS)
    ids = SlotDecoding(decoder, layout, settings, **given, context=None, uniform=noise(layout, 0, [("a", 0)])).run()
    structure = torch.as_tensor(layout.structure)
    forced = structure != layout.vocabulary.pad
    assert torch.equal(ids[0][forced], structure[forced])
    inside = ids[0][~forced]
    assert not torch.isin(inside, torch.tensor([1, 2, layout.vocabulary.unk, layout.vocabulary.sep])).any()


def test_penalties():
    logits, counts = torch.tensor([[2.0, -2.0, 2.0, 1.0]]), torch.tensor([[1.0, 2.0, 3.0, 0.0]])
    assert standard_penalty(logits, counts, 2.0).tolist() == [[1.0, -4.0, 1.0, 1.0]]
    assert published_penalty(logits, counts, 2.0).tolist() == [[1.0, -0.5, 0.25, 1.0]]


@pytest.mark.parametrize(("top_k", "top_p", "kept"), [(2, 0.0, 2), (0, 0.6, 2), (0, 0.0, 4), (3, 0.7, 2), (1, 0.9, 1)])
def test_draw_keeps_what_the_filters_leave(top_k, top_p, kept):
    logits = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]])).repeat(1000, 1)
    tokens = draw(logits, torch.linspace(0, 0.9999, 1000), top_k=top_k, top_p=top_p)
    assert sorted(set(tokens.tolist())) == list(range(kept))
    share = (tokens == 0).float().mean()
    assert abs(share - 0.4 / sum((0.4, 0.3, 0.2, 0.1)[:kept])) < 0.01


def test_top_p_keeps_the_token_that_crosses():
    logits = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]])).repeat(100, 1)
    assert set(draw(logits, torch.linspace(0, 0.999, 100), top_k=0, top_p=0.71).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("field", "value"), [("penalty", "none"), ("temperature", 0.0), ("samples", 0), ("top_p", 1.5), ("top_k", -1)]
)
def test_bad_settings_name_the_field(field, value):
    with pytest.raises(InputError, match=field):
        DecodingSettings(**{**SETTINGS, field: value})
