"""Phase 1 of the encoder side: it comes nearer to the lines, leaves the decoder alone, and repeats under a seed."""

import numpy as np
import pytest
import torch

from mmtg.data.experience import Experience, Step
from mmtg.data.module import ExperienceDataset
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.listening import learn_to_listen
from mmtg.losses import echo_distance
from tests.models.small import small_decoder, small_layout, small_mmtg

WIDTH = 6
LAYOUT = small_layout("春眠题：", lines_per_step=1, line_tokens=2)


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
    decoder = small_decoder(LAYOUT, WIDTH, dropout=0.0)
    return small_mmtg(LAYOUT, hidden=16, decoder=decoder, context_gain=0.1)


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
