"""Properties of MMTG: causality, masked inputs, sizes, the loss."""

import dataclasses

import pytest
import torch

from mmtg.data.batch import Batch
from mmtg.data.layout import SlotsLayout
from mmtg.data.module import text_tensors
from mmtg.data.vocabulary import character_vocabulary
from mmtg.errors import InputError
from mmtg.losses import contrastive_likelihood, sequence_cross_entropy
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.mmtg import MMTG, AlphaAttention, neighbour_distribution

WIDTH = 12
LINES = [["春眠", "不觉", "晓处", "闻啼鸟"], ["夜来", "风雨", "声花", "落"], ["知", "多", "少", "春"]]


@pytest.fixture(scope="module")
def layout():
    return SlotsLayout(
        vocabulary=character_vocabulary(["春眠不觉晓处处闻啼鸟夜来风雨声花落知多少题："]),
        steps=2,
        lines_per_step=2,
        line_tokens=4,
        topic_tokens=4,
        prompt="题：",
        step_types=(1, 2),
    )


def make(layout, encoder="gru"):
    torch.manual_seed(0)
    size = DecoderSize(
        width=16, layers=2, heads=2, positions=64, vocabulary=len(layout.vocabulary), projector_hidden=8, dropout=0.1
    )
    decoder = Decoder(torch.randn(len(layout.vocabulary), WIDTH), size)
    return MMTG(
        decoder,
        steps=2,
        hidden=8,
        attention_heads=2,
        encoder=encoder,
        dropout=0.1,
        context_gain=1.0,
        step_of_position=torch.from_numpy(layout.step_of_position),
    ).eval()


@pytest.fixture
def batch(layout):
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


@pytest.mark.parametrize("encoder", ["gru", "lstm", "rnn", "transformer"])
def test_shapes(layout, batch, encoder):
    output = make(layout, encoder)(batch)
    assert output.hidden.shape == (3, 4 + layout.length, 16)
    assert output.logits.shape == (3, layout.length - 1, len(layout.vocabulary))
    assert output.experiences.vectors.shape == (3, 2, WIDTH)
    assert output.experiences.image_attention.shape == (3, 2, 2, 2)
    torch.testing.assert_close(output.experiences.source_weights.sum(2), torch.ones(3, 2))


def test_no_gradient_from_the_future(layout, batch):
    model = make(layout)
    context = torch.randn(3, 4 + layout.length, WIDTH, requires_grad=True)
    hidden = model.decoder(
        torch.cat([batch.topic_ids, batch.targets], 1),
        torch.cat([batch.topic_types, batch.target_types], 1),
        torch.cat([batch.topic_mask, batch.target_mask], 1),
        context=context,
    )
    hidden[:, 9, 0].sum().backward()
    assert context.grad[:, 10:].abs().max() == 0
    assert context.grad[:, 9].abs().max() > 0


def test_padding_influences_nothing(layout, batch):
    model = make(layout)
    place = 4 + 3  # padding behind the first line's two characters
    assert batch.target_mask[0, 3] == 0
    changed = dataclasses.replace(batch, targets=batch.targets.clone())
    changed.targets[0, 3] = 9
    before, after = model(batch).hidden[0], model(changed).hidden[0]
    same = torch.arange(len(before)) != place
    torch.testing.assert_close(before[same], after[same])


def test_each_couplet_hears_its_own_step(layout, batch):
    model = make(layout)
    experiences = model.encode(batch)
    context = model.context(experiences)
    half = layout.slot * 2
    torch.testing.assert_close(context[:, :half], experiences.vectors[:, :1].expand(-1, half, -1))
    torch.testing.assert_close(context[:, half:-1], experiences.vectors[:, 1:].expand(-1, half, -1))
    assert context[:, -1].abs().max() == 0


@pytest.mark.parametrize("part", ["image", "text"])
def test_what_is_missing_gets_no_weight(layout, batch, part):
    present = torch.tensor([[True, False], [False, False], [True, True]])
    vectors = getattr(batch, f"{part}_vectors") * present[..., None]
    masked = dataclasses.replace(batch, **{f"{part}_present": present, f"{part}_vectors": vectors})
    experiences = make(layout).encode(masked)
    place = {"image": 1, "text": 2}[part]
    assert experiences.source_weights[..., place][~present].abs().max() == 0
    assert getattr(experiences, f"{part}_attention")[0, :, :, 1].abs().max() == 0
    assert torch.isfinite(experiences.vectors).all()
    assert torch.isfinite(experiences.kl)


def test_gradients_stay_finite_when_all_is_missing(layout, batch):
    gone = torch.zeros(3, 2, dtype=torch.bool)
    zeros = torch.zeros(3, 2, WIDTH)
    empty = dataclasses.replace(batch, image_present=gone, text_present=gone, image_vectors=zeros, text_vectors=zeros)
    model = make(layout)
    output = model(empty)
    loss = contrastive_likelihood(sequence_cross_entropy(output.logits, batch.targets[:, 1:]), batch.rating > 3)
    (loss.mean() + output.experiences.kl).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_target_rows_are_the_printed_ones():
    expected = torch.tensor(
        [[0.57035, 0.34594, 0.07719, 0.00634, 0.00019], [0.25706, 0.42382, 0.25706, 0.05736, 0.00471]]
    )
    rows = neighbour_distribution(5)
    torch.testing.assert_close(rows[:2], expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(rows[2:], rows.flip(0, 1)[2:])


def test_uniform_attention_has_the_closed_form_divergence():
    attention = AlphaAttention(steps=5, hidden=8, heads=4)
    torch.nn.init.zeros_(attention.query.weight)
    torch.nn.init.zeros_(attention.query.bias)
    _, weights, kl = attention(torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool))
    torch.testing.assert_close(weights, torch.full((2, 4, 5, 5), 0.2))
    assert float(kl.detach()) == pytest.approx(4 * 0.46693, abs=1e-4)


def test_loss_of_positives_is_cross_entropy_and_of_negatives_fades():
    cross_entropy = torch.tensor([0.5, 0.5, 5.0], requires_grad=True)
    losses = contrastive_likelihood(cross_entropy, torch.tensor([True, False, False]))
    assert float(losses[0]) == pytest.approx(0.5)
    losses.sum().backward()
    p = torch.exp(torch.tensor([0.5, 5.0]).neg())
    torch.testing.assert_close(cross_entropy.grad[1:], -p / (1 - p))


def test_published_size_has_the_published_number_of_parameters():
    with torch.device("meta"):
        size = DecoderSize(
            width=768, layers=12, heads=12, positions=1024, vocabulary=21128, projector_hidden=512, dropout=0.1
        )
        decoder = Decoder(torch.zeros(13317, 2048), size)
    step_of_position = torch.zeros(221, dtype=torch.long)
    model = MMTG(
        decoder,
        steps=5,
        hidden=512,
        attention_heads=4,
        encoder="gru",
        dropout=0.1,
        context_gain=1.0,
        step_of_position=step_of_position,
    )
    assert sum(p.numel() for p in model.parameters()) == 115_063_557


def test_contradictions_are_named(layout):
    with pytest.raises(InputError, match="attention_heads"):
        AlphaAttention(steps=2, hidden=8, heads=3)
    with pytest.raises(InputError, match=r"model\.encoder"):
        make(layout, "cnn")
    size = DecoderSize(width=8, layers=1, heads=1, positions=8, vocabulary=3, projector_hidden=8, dropout=0)
    with pytest.raises(InputError, match="decoder_vocabulary"):
        Decoder(torch.zeros(4, 2), size)
