"""Properties of MMTG: causality, masked inputs, sizes, the loss."""

import dataclasses

import pytest
import torch

from mmtg.errors import InputError
from mmtg.golden.variants import PUBLISHED
from mmtg.losses import contrastive_likelihood, sequence_cross_entropy
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.mmtg import MMTG
from mmtg.models.steps import AlphaAttention, neighbour_distribution
from tests.models.small import WIDTH, small_batch, small_layout, small_mmtg


@pytest.fixture(scope="module")
def layout():
    return small_layout()


@pytest.fixture
def batch(layout):
    return small_batch(layout)


@pytest.mark.parametrize("encoder", ["gru", "lstm", "rnn", "transformer"])
def test_shapes(layout, batch, encoder):
    output = small_mmtg(layout, encoder=encoder)(batch)
    assert output.hidden.shape == (3, 4 + layout.length, 16)
    assert output.logits.shape == (3, layout.length - 1, len(layout.vocabulary))
    assert output.experiences.vectors.shape == (3, 2, WIDTH)
    assert output.experiences.image_attention.shape == (3, 2, 2, 2)
    torch.testing.assert_close(output.experiences.source_weights.sum(2), torch.ones(3, 2))


def test_no_gradient_from_the_future(layout, batch):
    decoder = small_mmtg(layout).decoder
    vectors = torch.randn(3, layout.length, WIDTH, requires_grad=True)
    positions = torch.arange(layout.length).expand(3, -1)
    hidden = decoder(vectors, batch.target_types, batch.target_mask, positions=positions)
    hidden[:, 9, 0].sum().backward()
    assert vectors.grad[:, 10:].abs().max() == 0
    assert vectors.grad[:, 9].abs().max() > 0


def test_padding_influences_nothing(layout, batch):
    model = small_mmtg(layout)
    place = 4 + 3  # padding behind the first line's two characters
    assert batch.target_mask[0, 3] == 0
    changed = dataclasses.replace(batch, targets=batch.targets.clone())
    changed.targets[0, 3] = 9
    before, after = model(batch).hidden[0], model(changed).hidden[0]
    same = torch.arange(len(before)) != place
    torch.testing.assert_close(before[same], after[same])


@pytest.mark.parametrize(("fusion", "neutral"), [("add", 0.0), ("multiply", 1.0)])
def test_each_couplet_hears_its_own_step(layout, batch, fusion, neutral):
    model = small_mmtg(layout, fusion=fusion)
    experiences = model.encode(batch)
    tokens = torch.full((3, layout.length, WIDTH), neutral)
    heard = model.context(experiences).join(tokens, batch.places)
    half = layout.slot * 2
    torch.testing.assert_close(heard[:, :half], experiences.vectors[:, :1].expand(-1, half, -1))
    torch.testing.assert_close(heard[:, half:-1], experiences.vectors[:, 1:].expand(-1, half, -1))
    assert torch.equal(heard[:, -1], tokens[:, -1])


@pytest.mark.parametrize("part", ["image", "text"])
def test_what_is_missing_gets_no_weight(layout, batch, part):
    present = torch.tensor([[True, False], [False, False], [True, True]])
    vectors = getattr(batch, f"{part}_vectors") * present[..., None]
    masked = dataclasses.replace(batch, **{f"{part}_present": present, f"{part}_vectors": vectors})
    experiences = small_mmtg(layout).encode(masked)
    place = {"image": 1, "text": 2}[part]
    assert experiences.source_weights[..., place][~present].abs().max() == 0
    assert getattr(experiences, f"{part}_attention")[0, :, :, 1].abs().max() == 0
    assert torch.isfinite(experiences.vectors).all()
    assert torch.isfinite(experiences.kl)


def test_gradients_stay_finite_when_all_is_missing(layout, batch):
    gone = torch.zeros(3, 2, dtype=torch.bool)
    zeros = torch.zeros(3, 2, WIDTH)
    empty = dataclasses.replace(batch, image_present=gone, text_present=gone, image_vectors=zeros, text_vectors=zeros)
    model = small_mmtg(layout)
    output = model(empty)
    loss = contrastive_likelihood(sequence_cross_entropy(output.logits, batch.labels[:, :-1]), batch.rating > 3)
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
    model = MMTG(
        decoder,
        PUBLISHED,
        hidden=512,
        attention_heads=4,
        dropout=0.1,
        topic_tokens=15,
        step_types=torch.tensor([1, 2, 3, 4, 1]),
        step_of_position=torch.zeros(221, dtype=torch.long),
    )
    assert sum(p.numel() for p in model.parameters()) == 115_063_557


def test_contradictions_are_named(layout):
    with pytest.raises(InputError, match="attention_heads"):
        AlphaAttention(steps=2, hidden=8, heads=3)
    with pytest.raises(InputError, match=r"model\.encoder"):
        small_mmtg(layout, encoder="cnn")
    size = DecoderSize(width=8, layers=1, heads=1, positions=8, vocabulary=3, projector_hidden=8, dropout=0)
    with pytest.raises(InputError, match="decoder_vocabulary"):
        Decoder(torch.zeros(4, 2), size)


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"fusion": "concatenate"}, r"model\.fusion"),
        ({"alpha_attention": "none"}, r"model\.alpha_attention"),
        ({"use_image": False, "use_text": False}, r"model\.use_image"),
        ({"encoder": "gru", "encoder_positions": True}, r"model\.encoder_positions"),
    ],
)
def test_choices_that_cannot_be_are_named(layout, choices, field):
    with pytest.raises(InputError, match=field):
        small_mmtg(layout, **choices)


@pytest.mark.parametrize("part", ["image", "text"])
def test_what_is_not_used_is_not_heard(layout, batch, part):
    model = small_mmtg(layout, **{f"use_{part}": False})
    other = dataclasses.replace(batch, **{f"{part}_vectors": torch.randn(3, 2, WIDTH)})
    torch.testing.assert_close(model(batch).logits, model(other).logits, rtol=0, atol=0)
    assert not any(name.startswith(part) for name, _ in model.named_parameters())
    assert model.encode(batch).source_weights[..., 1 if part == "image" else 2].abs().max() == 0


def test_fixed_attention_is_its_target_and_has_no_divergence(layout, batch):
    model = small_mmtg(layout, alpha_attention="fixed")
    for _ in range(2):  # the published one fails at the second call
        experiences = model.encode(batch)
    torch.testing.assert_close(experiences.image_attention, neighbour_distribution(2).expand(3, 2, 2, 2))
    assert float(experiences.kl) == 0
    masked = dataclasses.replace(batch, image_present=torch.tensor([[True, False], [True, True], [False, False]]))
    attention = model.encode(masked).image_attention
    assert attention[0, 0].tolist() == [[1, 0], [1, 0]]
    assert torch.isfinite(attention).all()


def test_a_transformer_with_positions_knows_the_order(layout, batch):
    turned = batch.image_vectors.flip(1)
    blind, seeing = (
        small_mmtg(layout, encoder="transformer", encoder_positions=positions).image_encoder
        for positions in (False, True)
    )
    torch.testing.assert_close(blind(turned), blind(batch.image_vectors).flip(1))
    assert (seeing(turned) - seeing(batch.image_vectors).flip(1)).abs().max() > 0.1


def test_vectors_as_a_prompt_stand_between_topic_and_lines(layout, batch):
    model = small_mmtg(layout, fusion="prompt")
    experiences = model.encode(batch)
    prompt = model.prompt(batch, experiences)
    assert model.context(experiences) is None
    assert prompt.offset == 6
    assert prompt.positions.tolist() == [0, 1, 2, 3, 4, 5]
    torch.testing.assert_close(prompt.vectors[:, 4:], experiences.vectors)
    assert prompt.types[:, 4:].tolist() == [[1, 2]] * 3
    assert model(batch).logits.shape == (3, layout.length - 1, len(layout.vocabulary))


def test_without_a_topic_prompt_start_stands_first(layout, batch):
    model = small_mmtg(layout, use_topic_prompt=False)
    assert model(batch).hidden.shape[1] == layout.length
    other = dataclasses.replace(batch, topic_ids=batch.topic_ids + 1)
    torch.testing.assert_close(model(batch).logits, model(other).logits, rtol=0, atol=0)


def test_context_gain_leads_to_what_changes_nothing(layout, batch):
    tokens = torch.randn(3, layout.length, WIDTH)
    for fusion in ("add", "multiply"):
        model = small_mmtg(layout, fusion=fusion, context_gain=0.0)
        heard = model.context(model.encode(batch)).join(tokens, batch.places)
        torch.testing.assert_close(heard, tokens)


def compact(layout, batch):
    """The same texts without padding."""
    return small_batch(small_layout(kind="compact"))


@pytest.mark.parametrize("choices", [{}, {"fusion": "multiply"}, {"fusion": "prompt"}, {"use_topic_prompt": False}])
def test_the_compact_layout_says_the_same_at_the_cost_of_the_tokens(layout, batch, choices):
    model, small = small_mmtg(layout, **choices), compact(layout, batch)
    whole, kept = model(batch).logits, model(small).logits  # [B, L - 1, V], [B, L' - 1, V]
    assert kept.shape[1] < whole.shape[1]
    counted = small.labels[:, :-1] != -100
    places = small.places[:, :-1].clamp(max=whole.shape[1] - 1)  # SEP predicts nothing
    same = whole.gather(1, places[..., None].expand(-1, -1, whole.shape[2]))
    torch.testing.assert_close(kept[counted], same[counted], atol=1e-5, rtol=1e-5)
    labels = batch.labels.gather(1, small.places)[:, :-1]
    assert torch.equal(labels[counted], small.labels[:, :-1][counted])


def test_the_compact_loss_counts_one_end_of_each_line(layout, batch):
    small = compact(layout, batch)
    ends = (small.labels == layout.vocabulary.pad).sum(dim=1)  # full lines are followed by EOS
    assert ends.tolist() == [4, 4, 4]
    assert (batch.labels == layout.vocabulary.pad).sum() > ends.sum()


def test_attention_is_told_where_a_step_has_picture_and_text(layout, batch):
    present = torch.tensor([[True, False], [True, True], [False, True]])
    told = small_mmtg(layout).heard_weights(dataclasses.replace(batch, image_present=present))
    assert [[weights is not None for weights in row] for row in told] == present.tolist()
    assert sum(told[0][0]) == pytest.approx(1)
    assert small_mmtg(layout, use_image=False).heard_weights(batch) == [[None, None]] * 3
