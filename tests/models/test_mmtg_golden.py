"""MMTG against numbers computed by the published code."""

import json

import numpy as np
import pytest
import torch

from mmtg.data.batch import Batch
from mmtg.data.layout import SlotsLayout
from mmtg.data.module import text_tensors
from mmtg.data.vocabulary import read_vocabulary
from mmtg.decoding.slots import DecodingSettings, SlotDecoding, noise
from mmtg.losses import contrastive_likelihood, sequence_cross_entropy
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.mmtg import MMTG
from mmtg.models.published import from_published
from tests.models.golden import Golden


@pytest.fixture(scope="module")
def golden(shared):
    return Golden(shared / "golden" / "mmtg")


@pytest.fixture(scope="module")
def layout(shared):
    return SlotsLayout(
        vocabulary=read_vocabulary(shared / "data" / "mmtg" / "vocab.txt", keep_spaces=False),
        steps=5,
        lines_per_step=2,
        line_tokens=20,
        topic_tokens=15,
        prompt="主题词：",
        step_types=(1, 2, 3, 4, 1),
    )


@pytest.fixture(scope="module")
def model(golden, layout):
    size = DecoderSize(
        width=768,
        layers=golden.described["n_layer"],
        heads=12,
        positions=1024,
        vocabulary=golden.described["vocab_size"],
        projector_hidden=512,
        dropout=0.1,
    )
    decoder = Decoder(golden.token_table(), size)
    model = MMTG(
        decoder,
        steps=5,
        hidden=512,
        attention_heads=4,
        encoder="gru",
        dropout=0.1,
        context_gain=1.0,
        step_of_position=torch.from_numpy(layout.step_of_position),
    )
    weights = {**from_published(golden.weights()), "decoder.token_table": decoder.token_table}
    model.load_state_dict(weights)
    return model.eval()


@pytest.fixture(scope="module")
def batch(golden, layout):
    topics, poems = golden.described["topics"], golden.described["poems"]
    vectors = [golden.vectors(i) for i in range(3)]
    present = torch.ones(3, 5, dtype=torch.bool)
    return Batch(
        **text_tensors(range(3), topics, poems, layout),
        topic_vector=torch.from_numpy(np.stack([v[0] for v in vectors])),
        image_vectors=torch.from_numpy(np.stack([v[1] for v in vectors])),
        text_vectors=torch.from_numpy(np.stack([v[2] for v in vectors])),
        image_present=present,
        text_present=present,
        rating=torch.tensor(golden.described["ratings"]),
        heard=torch.zeros(3, 0, 0),
    )


def close(ours, theirs, relative=1e-5):
    """Largest difference over largest value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= relative * np.abs(theirs).max()


def test_batch_is_the_published_one(golden, batch):
    names = {
        "topic_ids": "topic_ids",
        "tpw_attention_mask": "topic_mask",
        "tpw_type_ids": "topic_types",
        "targets": "targets",
        "attention_mask": "target_mask",
        "type_ids": "target_types",
    }
    for theirs, ours in names.items():
        np.testing.assert_array_equal(getattr(batch, ours).numpy(), golden.arrays[f"batch_{theirs}"])


def test_encoder_side(golden, model, batch):
    with torch.no_grad():
        images = model.image_norm(model.image_encoder(batch.image_vectors))
        texts = model.text_norm(model.text_encoder(batch.text_vectors))
        topic = model.topic_norm(model.topic_encoder(batch.topic_vector))
        experiences = model.encode(batch)
        alpha_images, _, image_kl = model.image_attention(images, batch.image_present)
        alpha_texts, _, text_kl = model.text_attention(texts, batch.text_present)
    close(topic, golden.arrays["encoder_topic"].reshape(3, 512))
    close(images.transpose(0, 1), golden.arrays["encoder_image"])
    close(texts.transpose(0, 1), golden.arrays["encoder_text"])
    close(alpha_images, golden.arrays["alpha_image"])
    close(alpha_texts, golden.arrays["alpha_text"])
    close(experiences.vectors[..., ::32], golden.arrays["beta_output"])
    close(image_kl, golden.arrays["kl_image"])
    close(text_kl, golden.arrays["kl_text"])
    close(experiences.kl, golden.arrays["kl"])


def test_logits_and_losses(golden, model, batch):
    with torch.no_grad():
        output = model(batch)
        logits = model.decoder.logits(output.hidden)[..., golden.arrays["logit_columns"]]
        cross_entropy = sequence_cross_entropy(output.logits, batch.targets[:, 1:])
    close(logits, golden.arrays["logits"])
    for stage, positive_from in {1: 5, 2: 4, 3: 4}.items():  # the golden batch is not filtered
        losses = contrastive_likelihood(cross_entropy, batch.rating >= positive_from)
        close(losses.mean(), golden.arrays[f"loss_stage{stage}"])


def test_gradients(golden, model, batch):
    output = model(batch)
    cross_entropy = sequence_cross_entropy(output.logits, batch.targets[:, 1:])
    loss = contrastive_likelihood(cross_entropy, batch.rating >= 4).mean() + 0.2 * output.experiences.kl
    close(loss.detach(), golden.described["total_loss"])
    model.zero_grad()
    loss.backward()
    norms = golden.described["grad_norm_total_stage3_alpha0.2"]
    ours = dict(model.named_parameters())
    names = dict(zip(norms, from_published(dict.fromkeys(norms, 0)), strict=True))
    largest = max(norms.values())
    for name, norm in norms.items():
        found = float(ours[names[name]].grad.norm())
        assert abs(found - norm) <= max(1e-4 * norm, 1e-6 * largest), name


def test_greedy_decode_is_the_published_one(golden, shared, model, layout, batch):
    """With the token types of training, which are those of the paper's results."""
    decoded = json.loads((shared / "golden" / "mmtg" / "decode.json").read_text(encoding="utf-8"))
    texts = decoded["greedy_paper_top_k1_temperature1.1_repetition1.5"]
    settings = DecodingSettings(
        samples=1,
        top_k=1,
        top_p=0.0,
        temperature=1.1,
        repetition_penalty=1.5,
        penalty="published",
        seed=0,
        batch_size=3,
    )
    with torch.no_grad():
        context = model.context(model.encode(batch))
    ids = SlotDecoding(
        model.decoder,
        layout,
        settings,
        topic_ids=batch.topic_ids,
        topic_types=batch.topic_types,
        topic_mask=batch.topic_mask,
        context=context,
        uniform=noise(layout, 0, [("a", 0)] * 3),
    ).run()
    for i, published in texts.items():
        assert ids[int(i), : len(published)].tolist() == published
