"""The shipped curricula: the fair ones cost the same, the others have the paper's defects and say so."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from mmtg.config.plain import plain
from mmtg.curriculum import Schedule, Stage, schedule_from
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.data.batch import Batch
from mmtg.data.module import text_tensors
from mmtg.errors import InputError
from mmtg.models.build import load_system, optimizer_from
from mmtg.phases import poem_curriculum
from mmtg.prepare import poem_schedule
from tests.conftest import ROOT

FAIR = ("published", "none", "positives_5", "positives_4", "baby_steps", "anti", "random", "linear", "root", "step")
AS_RUN = {"none_as_run": 5.0, "positives_5_as_run": 1.0, "positives_4_as_run": 2.0}  # shown, in times the data
EQUAL = np.arange(9000) % 5 + 1
BATCH = 32


@pytest.fixture(scope="module")
def schedule(composed):
    """The schedule of a shipped curriculum."""
    return lambda name: schedule_from(plain(composed(f"curriculum={name}").curriculum))


def epochs_of(schedule, batch_size=BATCH, ratings=EQUAL):
    """The batches of each epoch."""
    sampler = CurriculumBatchSampler(ratings, schedule, batch_size=batch_size, seed=1)
    for epoch in range(schedule.epochs):
        sampler.set_epoch(epoch)
        yield list(sampler)


def shown(schedule):
    return sum(len(batch) for epoch in epochs_of(schedule) for batch in epoch) / len(EQUAL)


def test_all_shipped_curricula_are_held_to_their_budget():
    assert {path.stem for path in (ROOT / "conf" / "curriculum").glob("*.yaml")} == {*FAIR, *AS_RUN}


@pytest.mark.parametrize("name", FAIR)
def test_the_fair_show_as_much_as_published(schedule, name):
    made = schedule(name)
    assert shown(made) == pytest.approx(4.0, rel=0.03)
    assert made.learning_rate_epochs is None
    assert made.train_kl
    assert made.evaluation_positive_from == 4


@pytest.mark.parametrize("name", FAIR)
def test_the_fair_take_about_as_many_steps_as_published(schedule, name):
    steps, published = (sum(map(len, epochs_of(schedule(n)))) for n in (name, "published"))
    assert published <= steps <= 1.07 * published


@pytest.mark.parametrize(("name", "times"), AS_RUN.items())
def test_those_as_run_show_what_they_say(schedule, name, times):
    made = schedule(name)
    assert shown(made) == pytest.approx(times)
    assert made.train_kl == (name == "none_as_run")
    head = (ROOT / "conf" / "curriculum" / f"{name}.yaml").read_text(encoding="utf-8").split("defaults")[0]
    assert "AS IT WAS RUN" in head
    assert f"Shows {times} x the data" in head


def rates(made, composed, optimizer, **options):
    sampler = CurriculumBatchSampler(EQUAL, made, batch_size=BATCH, seed=1)
    steps = [sampler.steps(epoch) for epoch in range(made.epochs)]
    settings = plain(composed(f"optimizer={optimizer}").optimizer)
    found = optimizer_from(settings, steps, options.get("max_steps", -1), epochs=made.learning_rate_epochs)
    return [found.factor(step) for step in range(sum(steps) + 1)], steps


@pytest.mark.parametrize("optimizer", ["world", "published"])
@pytest.mark.parametrize("name", AS_RUN)
def test_as_run_the_learning_rate_is_0_after_the_first_epoch(schedule, composed, name, optimizer):
    factors, steps = rates(schedule(name), composed, optimizer)
    assert min(factors[1 : steps[0]]) > 0
    assert max(factors) == pytest.approx(1, abs=0.05)
    assert set(factors[steps[0] :]) == {0.0}


@pytest.mark.parametrize("name", FAIR)
def test_the_fair_learn_to_their_end(schedule, composed, name):
    factors, _ = rates(schedule(name), composed, "world")
    assert min(factors[1:-1]) > 0
    assert factors[-1] == 0


def test_a_limit_of_steps_still_shortens_the_learning_rate(schedule, composed):
    factors, _ = rates(schedule("none_as_run"), composed, "world", max_steps=10)
    assert factors[9] > 0 == factors[10]


def test_a_cosine_meets_the_line_where_it_should(schedule, composed):
    settings = plain(composed("optimizer=world", "optimizer.decay=cosine", "optimizer.warmup_share=0.2").optimizer)
    cosine = optimizer_from(settings, [100], -1)
    line, constant = (dataclasses.replace(cosine, decay=decay) for decay in (True, False))
    for step in (0, 10, 20, 60, 100):  # of the warm-up, and top, middle and end of the wave
        assert cosine.factor(step) == pytest.approx(line.factor(step))
    assert cosine.factor(40) > line.factor(40)
    assert cosine.factor(80) < line.factor(80)
    assert constant.factor(100) == 1
    with pytest.raises(InputError, match=r"optimizer\.decay"):
        dataclasses.replace(cosine, decay="linear")


def test_random_has_the_sizes_of_published_from_all_ratings(schedule):
    random, published = (list(epochs_of(schedule(name))) for name in ("random", "published"))
    assert [[len(b) for b in epoch] for epoch in random] == [[len(b) for b in epoch] for epoch in published]
    first = [i for batch in random[0] for i in batch]
    assert len(set(first)) == len(first) == 3600
    assert all(count == pytest.approx(720, rel=0.1) for count in Counter(EQUAL[first]).values())
    again = {i for batch in random[1] for i in batch}
    assert 0 < len(set(first) - again) < 3600 * 0.3  # drawn anew: a fifth is left out, of those as of all


@pytest.mark.parametrize(("scale", "batch", "steps"), [(0.2, 20, 50), (0.4, 20, 25), (0.01, 20, 200), (2, 20, 5)])
def test_batches_of_a_fraction(scale, batch, steps):
    stage = Stage(until_epoch=None, ratings=(5,), positive_from=5, batch_scale=scale)
    made = Schedule(epochs=1, evaluation_positive_from=4, stages=(stage,))
    (batches,) = epochs_of(made, batch, EQUAL[:1000])
    assert len(batches) == steps
    assert {len(b) for b in batches} == {200 // steps}


def test_positives_alone_are_all_positive(schedule):
    for name in ("positives_5", "positives_4", "positives_5_as_run", "positives_4_as_run"):
        made = schedule(name)
        seen = {int(EQUAL[i]) for epoch in epochs_of(made) for batch in epoch for i in batch}
        assert min(seen) == made.stage(0).positive_from


@pytest.mark.parametrize("name", [*FAIR, *AS_RUN])
def test_each_schedule_is_the_same_again_from_its_checkpoint(composed, tmp_path, name):
    described = plain(composed(f"curriculum={name}").curriculum)
    torch.save({"curriculum": described}, tmp_path / "file")
    assert schedule_from(torch.load(tmp_path / "file", weights_only=True)["curriculum"]) == schedule_from(described)


def test_a_checkpoint_from_before_the_newer_settings_loads():
    stage = {"until_epoch": None, "ratings": [5], "positive_from": 5, "batch_scale": 2}
    old = schedule_from({"epochs": 3, "evaluation_positive_from": 4, "stages": [stage]})
    new = {"share": 1.0, "batch_scale": 2.0}
    assert old == schedule_from(
        {"epochs": 3, "evaluation_positive_from": 4, "stages": [{**stage, **new}], "competence": None,
         "learning_rate_epochs": None, "train_kl": True}
    )  # fmt: skip
    assert schedule_from(poem_curriculum(3)) == poem_schedule(3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "either stages or competence"),
        ({"stages": [{"ratings": [5], "share": 0.0}]}, r"stages\[0\].*share"),
        ({"stages": [{"ratings": [5], "share": 1.2}]}, r"stages\[0\].*share"),
        ({"stages": [{"ratings": [5], "batch_scale": 0.0}]}, r"stages\[0\].*batch_scale"),
        ({"stages": [{"ratings": [5]}], "learning_rate_epochs": 0}, "learning_rate_epochs"),
    ],
)
def test_bad_schedules_are_refused_by_name(changes, words):
    stages = [{"until_epoch": None, "positive_from": 4, **stage} for stage in changes.get("stages", [])]
    with pytest.raises(InputError, match=words):
        schedule_from({"epochs": 1, "evaluation_positive_from": 4, **changes, "stages": stages})


def test_stages_and_competence_together_are_refused(composed):
    stage = "{until_epoch: null, ratings: [5], positive_from: 5}"
    config = composed("curriculum=linear", f"curriculum.stages=[{stage}]")
    with pytest.raises(InputError, match="either stages or competence, and not both"):
        schedule_from(plain(config.curriculum))


def test_an_untrained_kl_leaves_no_gradient_and_the_same_loss(world_run):
    """Loss and figures are the same numbers; the gradient is that of KL weight 0."""
    system = load_system(world_run / "checkpoints" / "best.ckpt").train()
    generator = torch.Generator().manual_seed(1)
    table = next(value for name, value in system.state_dict().items() if name.endswith("token_table"))
    steps, lines = system.layout.steps, ["一二三四"] * 10
    vectors = {
        name: torch.randn(2, *shape, table.shape[1], generator=generator)
        for name, shape in {"topic_vector": (), "image_vectors": (steps,), "text_vectors": (steps,)}.items()
    }
    batch = Batch(
        **text_tensors(range(2), ["春", "夏"], [lines, lines], system.layout), **vectors,
        image_present=torch.ones(2, steps, dtype=torch.bool), text_present=torch.ones(2, steps, dtype=torch.bool),
        rating=torch.tensor([5, 1]), heard=torch.zeros(2, 0, 0),
    )  # fmt: skip

    def trained(*, train_kl, kl_weight=0.2):
        system.schedule, system.kl_weight = dataclasses.replace(system.schedule, train_kl=train_kl), kl_weight
        system.zero_grad()
        loss = system.loss(batch, positive_from=4)
        loss.total.backward()
        gradient = torch.cat([p.grad.flatten() for p in system.parameters() if p.grad is not None])
        return loss.total.detach(), loss.parts["kl_loss"][0].detach(), gradient

    total, kl, gradient = trained(train_kl=False)
    full_total, full_kl, full_gradient = trained(train_kl=True)
    _, _, without = trained(train_kl=True, kl_weight=0.0)
    assert kl > 0
    torch.testing.assert_close((total, kl), (full_total, full_kl))
    torch.testing.assert_close(gradient, without)
    assert (gradient - full_gradient).abs().max() > 1e-6
