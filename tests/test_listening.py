"""Phase 1 of the encoder side: it comes nearer to the lines, leaves the decoder alone, and repeats under a seed."""

import numpy as np
import pytest
import torch

from mmtg.data.experience import Experience, Step
from mmtg.data.layout import SlotsLayout
from mmtg.data.module import ExperienceDataset
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.data.vocabulary import character_vocabulary
from mmtg.listening import learn_to_listen
from mmtg.losses import echo_distance
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.mmtg import MMTG

WIDTH = 6
LAYOUT = SlotsLayout(
    vocabulary=character_vocabulary(["春眠题："]),
    steps=2,
    lines_per_step=1,
    line_tokens=2,
    topic_tokens=4,
    prompt="题：",
    step_types=(1, 2),
)


@pytest.fixture
def items(tmp_path):
    random = np.random.default_rng(0)
    heard = np.zeros((40, 2, WIDTH), np.float32)
    with StoreWriter(tmp_path / "s", steps=2, lines_per_step=1, width=WIDTH) as writer:
        for i in range(40):
            vectors = random.standard_normal((5, WIDTH)).astype(np.float32)
            heard[i] = vectors[1:3] / np.linalg.norm(vectors[1:3], axis=1, keepdims=True)
            numbers = [writer.vector(vector) for vector in vectors]
            steps = (Step(text="a"), Step(text="b"))
            experience = Experience(id=f"{i}", topic="春", steps=steps, lines=("春", "眠"), rating=5 - i % 5)
            writer.add(experience, topic_vector=numbers[0], image_vectors=numbers[1:3], text_vectors=numbers[3:])
    store = ExperienceStore.open(tmp_path / "s")
    return ExperienceDataset(Split(store, np.arange(40)), LAYOUT, heard)


def make():
    torch.manual_seed(0)
    size = DecoderSize(width=8, layers=1, heads=2, positions=32, vocabulary=9, projector_hidden=8, dropout=0.0)
    return MMTG(
        Decoder(torch.randn(9, WIDTH), size),
        steps=2,
        hidden=16,
        attention_heads=2,
        encoder="gru",
        dropout=0.0,
        context_gain=0.1,
        step_of_position=torch.from_numpy(LAYOUT.step_of_position),
    )


def listen(model, items, steps):
    return learn_to_listen(
        model, items, positive_from=4, kl_weight=0.2, steps=steps, batch_size=8, learning_rate=0.01, seed=0
    )


def test_it_learns_and_leaves_the_decoder_alone(items):
    model = make()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    at_first = listen(make(), items, 1)
    at_last = listen(model, items, 150)
    assert at_last < 0.5 * at_first
    changed = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed
    assert not any(name.startswith("decoder.") for name in changed)


def test_the_same_seed_gives_the_same(items):
    first, second = make(), make()
    assert listen(first, items, 5) == listen(second, items, 5)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_only_positives_count():
    vectors, heard = torch.zeros(2, 1, 3), torch.ones(2, 1, 3)
    heard[1] *= 9
    assert float(echo_distance(vectors, heard, torch.tensor([True, False]))) == 3
    assert float(echo_distance(vectors, heard, torch.tensor([False, False]))) == 0
