"""images2poem, its fair twin, split generation, topic-only GPT-2: properties."""

import dataclasses

import pytest
import torch

from mmtg.curriculum import Schedule, Stage
from mmtg.data.perturb import permuted
from mmtg.decoding.free import FreeDecoding
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.texts import decode_texts
from mmtg.errors import InputError
from mmtg.models.images2poem import Images2PoemSystem
from mmtg.models.mmtg import MMTGSystem
from mmtg.models.split_gpt2 import SplitGPT2System
from mmtg.models.system import OptimizerSettings, Parts
from mmtg.models.topic_gpt2 import TopicGPT2System
from tests.models.small import WIDTH, small_batch, small_layout

SIZE = {
    "hidden": 8,
    "attention_heads": 2,
    "projector_hidden": 8,
    "decoder_layers": 1,
    "decoder_heads": 2,
    "decoder_width": 16,
    "decoder_positions": 64,
    "decoder_vocabulary": None,
}
CHOICES = {
    "encoder": "gru",
    "encoder_positions": False,
    "alpha_attention": "learned",
    "use_image": True,
    "use_text": True,
    "use_topic_prompt": False,
    "context_gain": 1.0,
}
COMMON = {"size": SIZE, "dropout": 0.0, "pretrained": None}
SYSTEMS = {
    "images2poem": (Images2PoemSystem, "sequence", {"image_width": None, "lyrics_decoder": False, "context_gain": 1.0}),
    "fair": (Images2PoemSystem, "slots", {"image_width": 8, "lyrics_decoder": True, "context_gain": 1.0}),
    "split": (SplitGPT2System, "segments", {**CHOICES, "kl_weight": 0.1, "detached": True, "fusion": "multiply"}),
    "split_fair": (SplitGPT2System, "segments", {**CHOICES, "kl_weight": 0.1, "detached": False, "fusion": "add"}),
    "topic": (TopicGPT2System, "slots", {}),
}
SETTINGS = DecodingSettings(
    samples=2, top_k=5, top_p=0.9, temperature=1.0, repetition_penalty=1.2, penalty="standard", seed=0, batch_size=4
)


def parts_of(layout):
    torch.manual_seed(0)
    stage = Stage(until_epoch=None, ratings=(5,), positive_from=5)
    optimizer = OptimizerSettings(
        learning_rate=0.1, betas=(0.9, 0.9), eps=1e-6, weight_decay=0, warmup_steps=0, total_steps=9
    )
    return Parts(
        layout=layout,
        token_table=torch.randn(len(layout.vocabulary), WIDTH),
        vector_width=WIDTH,
        schedule=Schedule(epochs=1, stages=(stage,), evaluation_positive_from=4),
        optimizer=optimizer,
        decoding=SETTINGS,
    )


def make(name, layout=None, **changes):
    kind, wanted, options = SYSTEMS[name]
    layout = layout or small_layout(kind=wanted)
    return kind(parts_of(layout), {}, name=name, **{**COMMON, **options, **changes}).eval(), small_batch(layout)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_loss_and_texts(name):
    system, batch = make(name)
    loss = system.train().loss(batch, positive_from=4)
    loss.total.backward()
    assert torch.isfinite(loss.total)
    grads = {n for n, p in system.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}
    assert grads
    with torch.inference_mode():
        texts = system.eval().texts(batch, ["a", "b", "c"])
        again = system.texts(batch.select(torch.tensor([1])), ["b"])
    assert [len(samples) for samples in texts] == [2, 2, 2]
    assert all(len(lines) == 4 for samples in texts for lines in samples)
    assert again == texts[1:2]


@pytest.mark.parametrize("name", ["images2poem", "fair"])
def test_images2poem_hears_pictures_alone(name):
    system, batch = make(name)
    other = dataclasses.replace(batch, text_vectors=torch.randn(3, 2, WIDTH), topic_vector=torch.randn(3, WIDTH))
    torch.testing.assert_close(system.model(other).logits, system.model(batch).logits, rtol=0, atol=0)
    other = dataclasses.replace(batch, image_vectors=torch.randn(3, 2, WIDTH))
    assert (system.model(other).logits - system.model(batch).logits).abs().max() > 1e-6


def test_the_published_split_never_trains_its_encoder_side():
    for name, trained in (("split", False), ("split_fair", True)):
        system, batch = make(name, kl_weight=0.0)
        system.train().loss(batch, positive_from=4).total.backward()
        gradient = system.model.mmtg.beta_attention.out.weight.grad
        assert (gradient is not None and float(gradient.abs().max()) > 0) == trained


def test_segments_do_not_hear_each_other():
    system, batch = make("split")
    first = torch.arange(system.layout.length) < system.layout.segment
    other = dataclasses.replace(batch, targets=torch.where(first, batch.targets.flip(0), batch.targets))
    before, after = system.model(batch)[0].logits, system.model(other)[0].logits
    behind = ~first[:-1]
    torch.testing.assert_close(before[:, behind], after[:, behind])
    assert (before[:, ~behind] - after[:, ~behind]).abs().max() > 1e-4


def test_topic_gpt2_is_deaf_to_experiences_and_counts_positives_alone():
    system, batch = make("topic")
    whole = system.loss(batch, positive_from=4)
    positives = system.loss(batch.select(torch.tensor([0, 1])), positive_from=4)
    torch.testing.assert_close(whole.total, positives.total)
    turned = system.loss(permuted(batch, (1, 0)), positive_from=4)
    torch.testing.assert_close(whole.total, turned.total, rtol=0, atol=0)


def test_free_writing_equals_full_passes():
    """The cache changes nothing: each token is the likeliest that a full pass gives."""
    system, batch = make("images2poem")
    settings = dataclasses.replace(SETTINGS, top_k=1, repetition_penalty=1.0)
    layout, model = system.layout, system.model
    with torch.no_grad():
        ids = FreeDecoding(model.writer(batch), layout, settings, torch.zeros(3, layout.length)).run(to_the_end=True)
        logits = model(dataclasses.replace(batch, targets=ids)).logits
    logits[..., layout.vocabulary.unk] = -torch.inf
    assert torch.equal(logits.argmax(2), ids[:, 1:])


def test_a_wrong_layout_is_named():
    for name, wrong in (("images2poem", "slots"), ("fair", "sequence"), ("split", "slots"), ("topic", "segments")):
        with pytest.raises(InputError, match=f"layout: is {wrong}"):
            make(name, layout=small_layout(kind=wrong))


@pytest.mark.parametrize("name", ["images2poem", "split"])
def test_precision_of_writing_is_for_slots_alone(name):
    kind, wanted, options = SYSTEMS[name]
    for field, value in (("dtype", "bf16"), ("quantise", "int8")):
        decoding = dataclasses.replace(SETTINGS, **{field: value})
        parts = dataclasses.replace(parts_of(small_layout(kind=wanted)), decoding=decoding)
        with pytest.raises(InputError, match=f"decoding.{field}: is {value}"):
            kind(parts, {}, name=name, **{**COMMON, **options})


def test_samples_of_a_text_can_be_drawn_one_by_one():
    system, batch = make("split")
    cpu = torch.device("cpu")
    whole = decode_texts(system.writer(batch), system.layout, SETTINGS, names=["a", "b", "c"], device=cpu)
    second = system.texts(batch, ["a", "b", "c"], numbers=[1])
    assert [texts[1:] for texts in whole] == second


def test_positions_are_asked_for_what_is_there():
    """A decoder of just as many positions as topic and lines take will do; experience vectors in a prompt take more."""
    layout = small_layout()
    just = layout.topic_tokens + layout.length
    choices = {**CHOICES, "kl_weight": 0.2, "echo_weight": 0.0, "freeze_decoder": False}

    def build(fusion, positions):
        size = {**SIZE, "decoder_positions": positions}
        return MMTGSystem(parts_of(layout), {}, name="mmtg", **{**COMMON, **choices, "size": size, "fusion": fusion})

    assert build("add", just).decoder.gpt2.config.n_positions == just
    build("prompt", just + layout.steps)
    for fusion, positions in (("add", just - 1), ("prompt", just + layout.steps - 1)):
        with pytest.raises(InputError, match="decoder_positions"):
            build(fusion, positions)
