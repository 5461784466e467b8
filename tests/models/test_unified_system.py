"""The unified transformer in training: turns, features, draws, and dropout that is off when it should be."""

import math

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from mmtg.errors import InputError
from mmtg.models.unified_settings import PAINT, WRITE
from mmtg.randomness import Chance
from tests.models.unified import CELLS, CLUSTERS, GRID, batch, system

NAMES = ["a", "b", "c"]


def test_scenes_are_of_what_counts():
    made = system()
    given = batch(made)
    scene = made.scene(given, positive_from=4)
    assert len(scene) == 2
    assert torch.equal(scene.cells, given.pictures[:2].flatten(1, 2))
    assert scene.present[1].tolist() == [False] * GRID**2 + [True] * GRID**2


@pytest.mark.parametrize(("features", "dense"), [("mixed", [WRITE]), ("dense", [WRITE, PAINT]), ("discrete", [])])
def test_each_direction_is_given_its_level_of_pictures(features, dense):
    made = system(features=features)
    scene, network = made.scene(batch(made)), made.model.network(WRITE)
    for direction in (WRITE, PAINT):
        seen = made.model.seen(scene, direction).cells
        wanted = scene.cells if direction in dense else network.codebook[network.clusters_of(scene.cells)]
        assert torch.equal(seen, wanted)


def test_one_network_or_one_for_each_direction():
    shared, apart = system(), system(shared=False)
    assert shared.model.network(WRITE) is shared.model.network(PAINT)
    assert apart.model.network(WRITE) is not apart.model.network(PAINT)
    assert torch.equal(apart.model.network(WRITE).codebook, apart.model.network(PAINT).codebook)
    found = apart.model.predictions(apart.scene(batch(apart)), PAINT, Chance(seed=0, epoch=0, items=[0, 1, 2]))
    found.mean().backward()
    assert not any(weight.grad is not None for weight in apart.model.network(WRITE).parameters())


@pytest.mark.parametrize("predicts", ["causal", "single"])
def test_figures_of_validation_are_the_same_each_time(predicts):
    made = system(token_level={"predicts": predicts}).eval()
    one, other = (made.loss(batch(made), positive_from=4) for _ in range(2))
    assert torch.equal(one.total, other.total)
    assert set(one.parts) == {"lm_loss", "token_loss", "cell_loss", "cell_accuracy"}
    assert one.parts["cell_loss"][1] == CELLS + CELLS // 2
    assert one.parts["lm_loss"][1] == (2 * 3 if predicts == "single" else 6 + 5)
    assert one.parts["token_loss"][1] <= 4 + 3


def test_nothing_that_counts_is_no_loss():
    made = system()
    for direction in (WRITE, PAINT):
        found = made.model.predictions(
            made.scene(batch(made), positive_from=6), direction, Chance(seed=0, epoch=0, items=[])
        )
        assert len(found) == 0
        assert found.mean() == 0


def test_texts_have_the_form_of_the_data_and_do_not_depend_on_their_neighbours():
    made = system().eval()
    items = batch(made)
    texts = made.texts(items, NAMES)
    assert all(len(lines) == 2 and all(1 <= len(line) <= 3 for line in lines) for [lines] in texts)
    assert [made.texts(items.select(torch.tensor([i])), [NAMES[i]])[0] for i in range(3)] == texts


def test_no_dropout_in_decoding_and_the_mode_is_left_alone():
    made = system().eval()
    one, other = (made.model.paint(made.scene(batch(made))) for _ in range(2))
    assert torch.equal(one.scores, other.scores)
    made.train()
    one, other = (made.model.paint(made.scene(batch(made))) for _ in range(2))
    assert not torch.equal(one.scores, other.scores)
    assert all(module.training for module in made.modules())


class Watch(pl.Callback):
    """Notes the mode and the figures of every step."""

    def __init__(self):
        self.modes, self.figures = [], []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        self.modes.append({part.training for part in module.model.modules()})
        self.figures.append(set(trainer.callback_metrics) & {"train/lm_loss", "train/cell_loss"})
        trainer.callback_metrics.clear()


def fitted(made, steps):
    """The same system, trained with a validation behind every step, and what was noted."""
    watch = Watch()
    items, held = (DataLoader([batch(made)] * count, batch_size=None) for count in (steps, 1))
    trainer = pl.Trainer(
        max_epochs=1, max_steps=steps, val_check_interval=1, callbacks=[watch], logger=False, accelerator="cpu",
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    pl.seed_everything(5, verbose=False)
    trainer.fit(made, items, held)
    return made, watch


@pytest.mark.filterwarnings("ignore")
def test_tasks_take_turns_dropout_is_always_on_in_training_and_a_seed_gives_the_same_weights():
    made, watch = fitted(system(), 4)
    assert watch.modes == [{True}] * 4  # the published code trained on without dropout behind its first validation
    again, _ = fitted(system(), 4)
    for one, other in zip(made.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(made.model.network(WRITE).codebook, system().model.network(WRITE).codebook)


@pytest.mark.parametrize("tasks", [["xe_t2i"], ["xe_i2t"]])
def test_a_model_for_one_direction_learns_and_is_measured_in_that_alone(tasks):
    made = system(tasks=tasks)
    made.trainer = pl.Trainer(logger=False, accelerator="cpu", enable_checkpointing=False)
    parts = made.training_loss(batch(made), positive_from=4).parts
    assert set(parts) == set(made.loss(batch(made), positive_from=4).parts)
    assert ("cell_loss" in parts) == (tasks == ["xe_t2i"])


def test_every_weight_has_a_gradient_in_every_step():
    made = system()
    made.trainer = pl.Trainer(logger=False, accelerator="cpu", enable_checkpointing=False)
    made.training_loss(batch(made), positive_from=4).total.backward()
    assert all(weight.grad is not None for weight in made.parameters())


def test_learning_by_heart_brings_both_directions_down():
    made = system(dropout=0.0, token_level={"smoothing": 0.0})
    before = made.loss(batch(made), positive_from=4)
    optimizer = torch.optim.Adam(made.parameters(), 5e-3)
    for step in range(300):
        chance = Chance(seed=0, epoch=step, items=[0, 1])
        found = made.model.predictions(made.scene(batch(made), positive_from=4), (PAINT, WRITE)[step % 2], chance)
        optimizer.zero_grad()
        found.mean().backward()
        optimizer.step()
    after = made.loss(batch(made), positive_from=4)
    assert before.parts["cell_loss"][0] == pytest.approx(math.log(CLUSTERS), abs=0.7)
    for name in ("lm_loss", "cell_loss"):
        assert after.parts[name][0] < 0.5 * before.parts[name][0]
    assert after.parts["cell_accuracy"][0] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tasks": []}, "model.tasks"),
        ({"tasks": ["xe"]}, "model.tasks"),
        ({"features": "both"}, "model.features"),
        ({"streams": "three"}, "model.streams"),
        ({"token_level": {"smoothing": 1.0}}, "smoothing"),
        ({"token_level": {"predicts": "all"}}, "predicts"),
        ({"token_level": {"draws": 0}}, "draws"),
        ({"pretrained": "bert"}, "model.pretrained"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    with pytest.raises(InputError, match=field):
        system(**changes)
