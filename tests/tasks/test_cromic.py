"""Runs of CroMIC-CMT and its peers in debug size: on posts, captions, questions and experiences."""

import json
import math

import numpy as np
import pytest
import torch

import mmtg
from mmtg.errors import InputError
from mmtg.models.build import load_system
from mmtg.phases import decoder_system
from mmtg.prepare import prepare

QUIET = "logger.wandb.enabled=false"
FIGURES = """
    test/cider_d test/caption_bleu_4 test/caption_rouge_l test/bleu_4 test/perplexity test/concept_recall
    test/distinct_2 test/copied_lines test/seconds_per_sample train/loss val/loss val/cider_d val/caption_bleu_4
    val/perplexity val/perplexity_unigram val/perplexity_untrained
"""


@pytest.fixture(scope="module")
def comments(fit):
    """A run of pre-training, whose result the others start from."""
    return fit("+experiment=cromic_comments", QUIET)


@pytest.fixture(scope="module")
def poems(fit, comments):
    """A run on experiences."""
    return fit("+experiment=cromic", "curriculum.epochs=2", QUIET)


def test_comments_are_learned_and_written(comments, read):
    assert set(FIGURES.split()) <= set(read(comments / "metrics.json"))
    for sample in read(comments / "samples.jsonl"):
        assert len(sample["references"]) > 1
        assert [len(lines) for lines in sample["hypotheses"]] == [1]
        assert sample["plan"]


@pytest.mark.parametrize("name", ["comments", "poems"])
def test_a_checkpoint_gives_the_same_texts_back(request, name):
    loaded = mmtg.load(request.getfixturevalue(name))
    batch = loaded.module.sets["test"].__getitems__(range(8))
    names = [sample["id"] for sample in loaded.samples[:8]]
    assert loaded.system.texts(batch, names) == [sample["hypotheses"] for sample in loaded.samples[:8]]


@pytest.fixture(scope="module")
def heads(fit, comments):
    """A run on classes of answers that has learned nothing since the comments."""
    weights = f"model.weights={comments}/checkpoints/last.ckpt"
    return fit("+experiment=cromic_questions", weights, "trainer.max_steps=0", QUIET)


def test_heads_come_and_go_and_all_else_must_fit(comments, heads, cli, artefacts, tmp_path):
    start, taken = (
        torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (comments, heads)
    )
    shared = set(start) & set(taken)
    assert all(torch.equal(start[name], taken[name]) for name in shared)
    assert {name.split(".")[1] for name in set(start) - shared} == {"decoder", "output"}
    assert {name.split(".")[1] for name in set(taken) - shared} == {"answer_head"}
    done = cli(
        "+experiment=cromic_captions", f"model.weights={heads}/checkpoints/last.ckpt", "model/size=debug", QUIET,
        f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run",
    )  # fmt: skip
    assert done.returncode == 2
    assert "lacks model.decoder" in done.stderr


@pytest.mark.parametrize(
    ("variant", "experiment", "figure"),
    [("unified_vlp", "cromic_captions", "test/cider_d"), ("vilt", "cromic_questions", "test/vqa_accuracy_object")],
)
def test_peers_learn_comments_and_then_another_task(fit, read, variant, experiment, figure):
    run = fit(f"+experiment={experiment}", f"model.variant={variant}", "trainer.max_steps=3", QUIET)
    figures = read(run / "metrics.json")
    assert math.isfinite(figures["test/loss"])
    assert {figure, "decoder/val/loss"} <= set(figures)
    assert load_system(run / "checkpoints" / "best.ckpt").name == variant


def test_answers_are_measured_by_their_votes(heads, fit, read):
    samples = read(heads / "samples.jsonl")
    right = [sample["votes"].get(sample["hypotheses"][0][0], 0.0) for sample in samples]
    assert read(heads / "metrics.json")["test/vqa_accuracy"] == pytest.approx(sum(right) / len(right))
    written = fit("+experiment=cromic_answers", "trainer.max_steps=2", QUIET)
    assert "test/cider_d" in read(written / "metrics.json")


def test_experiences_become_ten_lines(poems, read):
    figures = read(poems / "metrics.json")
    assert {"test/concept_recall", "test/relevance", "test/perplexity", "test/bleu_2"} <= set(figures)
    for sample in read(poems / "samples.jsonl"):
        assert [len(lines) for lines in sample["hypotheses"]] == [10]
        assert all(1 <= len(line) <= 9 for line in sample["hypotheses"][0])


def test_poems_to_files_with_pictures_and_without(poems, cli, read, tmp_path):
    from mmtg.world import World

    World().picture("moon", "night-clear", np.random.default_rng(1)).save(tmp_path / "moon.png")
    steps = [
        {"image": "moon.png", "text": "看见河"},
        {"image": None, "text": None},
        {"image": "moon.png", "text": None},
    ]
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "topic": "月", "steps": steps}), encoding="utf-8")
    for number, decoding in enumerate((["decoding=greedy"], ["decoding.beams=3"])):
        target = tmp_path / f"out{number}.jsonl"
        done = cli(
            "task=generate", f"task.checkpoint={poems}/checkpoints/best.ckpt", f"task.input={tmp_path}/in.jsonl",
            f"task.output={target}", *decoding,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert [len(lines) for lines in read(target)[0]["hypotheses"]] == [10]


def test_steps_are_left_out_by_masking_and_permuted(poems, cli, read, artefacts, tmp_path):
    checkpoint, quiet = f"task.checkpoint={poems}/checkpoints/best.ckpt", (QUIET, f"paths.artefacts={artefacts}")
    done = cli("task=test", checkpoint, "perturb=permute", *quiet, f"hydra.run.dir={tmp_path}/permuted")
    assert done.returncode == 0, done.stderr
    assert "test/nnr_1" in read(tmp_path / "permuted" / "metrics.json")
    for fill, status in {"missing": 0, "zero": 2}.items():
        run = f"hydra.run.dir={tmp_path}/{fill}"
        done = cli("task=test", checkpoint, "perturb=drop", f"perturb.fill={fill}", *quiet, run)
        assert done.returncode == status, done.stderr
    assert "perturb.fill" in done.stderr


def test_vectors_take_the_place_of_pictures(fit, read):
    run = fit("+experiment=cromic", "model.sees=vectors", "pretrain.steps=0", "trainer.max_steps=2", QUIET)
    assert load_system(run / "checkpoints" / "last.ckpt").model.pictures.project.in_features > 1


def test_two_processes_learn_what_one_learns(fit, read):
    exact = (
        "+experiment=cromic_comments", "trainer.precision=64-true", "trainer.max_steps=4", QUIET,
        "pretrain.optimizer.eps=1e-3",  # Adam divides noise of nearly no gradient by itself
    )  # fmt: skip
    one, two = fit(*exact), fit(*exact, "trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")
    weights = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (one, two)]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=1e-11, msg=name)
    figures = [read(run / "metrics.json") for run in (one, two)]
    same = [name for name in figures[0] if name.startswith(("val/", "test/")) and not name.endswith("per_sample")]
    assert {name: figures[1][name] for name in same} == pytest.approx({name: figures[0][name] for name in same})


def test_real_posts_are_learned_by_heart(fit, read, shared):
    run = fit(
        "+experiment=cromic_posts", f"data.root={shared}/data/cromic", "model.replies_per_post=1", QUIET,
        "model.size.post_width=96", "model.size.post_feedforward=192", "model.size.post_encoder_layers=2",
        "model.size.post_decoder_layers=2", "budget.cromic_steps=200", "pretrain.optimizer.learning_rate=1e-3",
    )  # fmt: skip
    assert read(run / "metrics.json")["train/loss"] < 0.1
    for sample in read(run / "samples.jsonl"):
        assert sample["hypotheses"][0] in sample["references"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["+experiment=cromic", "model.learns=posts"], "model.learns"),
        (["+experiment=cromic_captions", "data=jsonl", "data.train=x.jsonl"], "has no posts"),
        (["+experiment=cromic_comments", "model.sees=vectors"], "model.sees"),
        (["+experiment=cromic_captions", "model.variant=vlp"], "model.variant"),
    ],
)
def test_mistakes_are_named(composed, artefacts, arguments, named):
    config = composed("model/size=debug", f"paths.artefacts={artefacts}", *arguments)
    with pytest.raises(InputError) as caught:
        decoder_system(config, prepare(config, experiences=False))
    assert named in str(caught.value)
