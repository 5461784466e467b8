"""Decoding in slots: the cache and the skipped padding change nothing, and the structure holds."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mmtg.data.batch import TextBatch
from mmtg.data.layout import SlotsLayout
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import text_tensors
from mmtg.data.vocabulary import character_vocabulary
from mmtg.decoding.filters import draw, published_penalty, standard_penalty
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.slots import SlotDecoding
from mmtg.decoding.texts import decode_texts, noise
from mmtg.errors import InputError
from mmtg.models.context import FUSIONS, Context, topic_prompt
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.writer import LyricsWriter

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


def batch_of(layout, topics):
    return TextBatch(**text_tensors(range(len(topics)), topics, [()] * len(topics), layout))


def writer_of(decoder, layout, topics, vectors=None):
    """A writer, and its context [N, T, W] if there is one."""
    prompt = topic_prompt(batch_of(layout, topics), decoder.token_table, positions=layout.topic_tokens)
    steps = torch.from_numpy(layout.step_of_position)
    context = None if vectors is None else Context(vectors, steps, FUSIONS["add"])
    return LyricsWriter(decoder, prompt, context)


def full_pass(writer, layout, settings, uniform):
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
        places = torch.arange(len(out))[None]
        vectors = writer.context.join(writer.decoder.tokens(row), places)
        hidden = writer.decoder(
            torch.cat([writer.prompt.vectors, vectors], 1),
            torch.cat([writer.prompt.types, kinds], 1),
            torch.cat([writer.prompt.mask, (row != vocabulary.pad).long()], 1),
            positions=torch.arange(layout.topic_tokens + len(out))[None],
        )
        logits = writer.decoder.logits(hidden[:, -1])
        counts = torch.zeros_like(logits)
        for token in out:
            if token not in (vocabulary.pad, vocabulary.start, vocabulary.eos):
                counts[0, token] += 1
        penalty = {"standard": standard_penalty, "published": published_penalty}[settings.penalty]
        scores = penalty(logits, counts, settings.repetition_penalty) / settings.temperature
        scores[:, [vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]] = -torch.inf
        token = draw(scores, uniform[:, line, offset - 1], top_k=settings.top_k, top_p=settings.top_p)
        out.append(int(token))
    return out


@pytest.mark.parametrize("penalty", ["standard", "published"])
def test_cached_batch_equals_full_passes(decoder, layout, penalty):
    settings = DecodingSettings(**{**SETTINGS, "penalty": penalty})
    vectors = torch.randn(3, 3, 12, generator=torch.Generator().manual_seed(1))
    writer = writer_of(decoder, layout, ["春", "花落", "夜来风雨"], vectors)
    uniform = noise((layout.lines, layout.line_tokens), 5, [("a", 0), ("b", 0), ("c", 1)])
    cached = SlotDecoding(writer, layout, settings, uniform).run()
    with torch.no_grad():
        for i in range(3):
            slow = full_pass(writer.select(torch.tensor([i])), layout, settings, uniform[i : i + 1])
            assert cached[i, : len(slow)].tolist() == slow
    lengths = {len(line) for row in cached.tolist() for line in layout.decode_lines(row)}
    assert len(lengths) > 1  # lines did end early, and not all


def test_a_text_does_not_depend_on_its_neighbours(decoder, layout):
    writer = writer_of(decoder, layout, ["春", "花落", "夜来"])
    settings, cpu = DecodingSettings(**SETTINGS), torch.device("cpu")
    together = decode_texts(writer, layout, settings, names=["a", "b", "c"], device=cpu)
    alone = writer.select(torch.tensor([1]))
    small = DecodingSettings(**{**SETTINGS, "batch_size": 1})
    assert decode_texts(alone, layout, small, names=["b"], device=cpu) == together[1:2]
    assert together[1][0] != together[1][1]
    assert decode_texts(alone, layout, small, names=["b"], device=cpu, numbers=[1]) == [together[1][1:]]


def test_the_compact_layout_writes_the_same(decoder, layout):
    settings, cpu = DecodingSettings(**SETTINGS), torch.device("cpu")
    vectors = torch.randn(2, 3, 12, generator=torch.Generator().manual_seed(1))
    compact = layout_from_plain({**layout.to_plain(), "kind": "compact"}, layout.vocabulary)
    texts = [
        decode_texts(writer_of(decoder, kind, ["春", "花落"], vectors), kind, settings, names=["a", "b"], device=cpu)
        for kind in (layout, compact)
    ]
    assert texts[0] == texts[1]


def test_token_types_of_training_and_of_the_last_published_commit(decoder, layout):
    writer, uniform = writer_of(decoder, layout, ["春"]), noise((layout.lines, layout.line_tokens), 0, [("a", 0)])
    ours, head = (
        SlotDecoding(writer, layout, DecodingSettings(**{**SETTINGS, "token_types": types}), uniform).types
        for types in ("training", "head")
    )
    full = layout.encode_lines(["春眠不觉"] * layout.lines)
    np.testing.assert_array_equal(ours.numpy(), full.types)
    assert [int(head[line * layout.slot + 1]) for line in range(layout.lines)] == [1, 2, 3, 4, 5, 6]
    assert torch.equal(head > 0, ours > 0)


def test_structure_is_forced(decoder, layout):
    uniform = noise((layout.lines, layout.line_tokens), 0, [("a", 0)])
    ids = SlotDecoding(writer_of(decoder, layout, ["春"]), layout, DecodingSettings(**SETTINGS), uniform).run()
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


@hypothesis_settings(max_examples=40, deadline=None)
@given(seed=strategies.integers(0, 2**20), scale=strategies.floats(0.1, 9), top_p=strategies.floats(0.05, 0.99))
def test_top_p_finds_what_a_full_sort_finds(seed, scale, top_p):
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(5, 700, generator=generator, dtype=torch.float64)
    uniform = torch.rand(5, generator=generator, dtype=torch.float64)
    probabilities, ids = torch.softmax(logits, dim=1).sort(dim=1, descending=True)
    kept = probabilities * (probabilities.cumsum(1) - probabilities <= top_p)
    place = (kept.cumsum(1) <= uniform[:, None] * kept.sum(1, keepdim=True)).sum(1)
    assert draw(logits, uniform, top_k=0, top_p=top_p).tolist() == ids[torch.arange(5), place].tolist()


@pytest.mark.parametrize(
    ("field", "value"),
    [("penalty", "none"), ("token_types", "x"), ("temperature", 0.0), ("samples", 0), ("top_p", 1.5), ("top_k", -1)],
)
def test_bad_settings_name_the_field(field, value):
    with pytest.raises(InputError, match=field):
        DecodingSettings(**{**SETTINGS, field: value})


@hypothesis_settings(max_examples=15, deadline=None)
@given(seed=strategies.integers(0, 2**20), count=strategies.integers(1, 5), pad=strategies.floats(-1, 1))
def test_ragged_batches_equal_full_passes(layout, seed, count, pad):
    """Random models and numbers, lines of all lengths: the published loop writes the same, text by text."""
    torch.manual_seed(seed)
    rows = len(layout.vocabulary)
    size = DecoderSize(width=8, layers=2, heads=2, positions=64, vocabulary=rows, projector_hidden=8, dropout=0.1)
    model = Decoder(torch.randn(rows, 6), size).eval()
    with torch.no_grad():
        model.gpt2.transformer.wte.weight.mul_(20)
        model.gpt2.transformer.wte.weight[layout.vocabulary.pad].add_(pad)
        writer = writer_of(model, layout, ["春", "花落", "", "夜来", "知多少"][:count], torch.randn(count, 3, 6))
        uniform, settings = torch.rand(count, layout.lines, layout.line_tokens).double(), DecodingSettings(**SETTINGS)
        ids = SlotDecoding(writer, layout, settings, uniform).run().tolist()
        for i in range(count):
            slow = full_pass(writer.select(torch.tensor([i])), layout, settings, uniform[i : i + 1])
            assert ids[i][: len(slow)] == slow


@pytest.mark.parametrize(("option", "near"), [({"dtype": "bf16"}, 0.1), ({"quantise": "int8"}, 0.2)])
def test_other_precisions_score_nearly_the_same(decoder, layout, option, near):
    writer, place = writer_of(decoder, layout, ["春"]), torch.tensor([0])
    uniform = torch.zeros(1, layout.lines, layout.line_tokens)
    scores = [
        SlotDecoding(writer, layout, DecodingSettings(**SETTINGS, **own), uniform).scores(place, place)
        for own in ({}, option)
    ]
    assert 0 < (scores[0] - scores[1]).norm() / scores[0].norm() < near
