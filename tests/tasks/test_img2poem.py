"""Runs of img2poem in debug size: all stages in one run, each alone, from words, on two processes."""

import itertools
import json

import numpy as np
import pytest
import torch

import mmtg
from mmtg.models.build import load_system

QUIET = "logger.wandb.enabled=false"
SHORT = (
    "curriculum.epochs=3", "model.adversarial.start_epoch=2", "model.adversarial.warmup_epochs=1",
    "trainer.check_val_every_n_epoch=1", QUIET,
)  # fmt: skip
FIGURES = """
    test/bleu_1 test/bleu_3 test/novelty_2 test/novelty_3 test/distinct_2 test/relevance test/relevance_chance
    test/perplexity test/concept_recall test/seconds_per_sample val/loss train/loss train/reward train/policy_loss
    train/multimodal_loss train/style_loss alignment/recall_at_1 visual/object_accuracy decoder/val/perplexity
"""


@pytest.fixture(scope="module")
def run(fit):
    """A run through all stages."""
    return fit("+experiment=img2poem_gru", *SHORT)


def test_all_stages_run_from_one_command(run, read):
    assert read(run / "status.json")["state"] == "completed"
    figures = read(run / "metrics.json")
    assert set(FIGURES.split()) <= set(figures)
    samples = read(run / "samples.jsonl")
    assert len(samples) == 8
    for sample in samples:
        assert [len(lines) for lines in sample["hypotheses"]] == [10]
        assert all(1 <= len(line) <= 9 for line in sample["hypotheses"][0])


def test_a_checkpoint_gives_the_same_texts_back(run, read):
    loaded = mmtg.load(run, checkpoint="last")
    batch = loaded.module.sets["test"].__getitems__(range(8))
    names = [sample["id"] for sample in loaded.samples]
    assert loaded.system.texts(batch, names) == [sample["hypotheses"] for sample in loaded.samples]


def test_a_picture_becomes_a_poem(run, cli, read, tmp_path):
    from mmtg.world import World

    World().picture("moon", "night-clear", np.random.default_rng(1)).save(tmp_path / "picture.png")
    target = tmp_path / "poem"
    for number, decoding in enumerate((["decoding=greedy"], ["decoding.beams=3", "decoding.length_power=0.7"])):
        done = cli(
            "task=generate", f"task.checkpoint={run}/checkpoints/last.ckpt", f"task.image={tmp_path}/picture.png",
            f"task.output={target}{number}.jsonl", *decoding,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        [record] = read(f"{target}{number}.jsonl")
        assert len(record["hypotheses"][0]) == 10


def test_rewards_go_on_from_a_run_on_pairs(fit, read):
    pairs = fit("+experiment=img2poem_pairs", "curriculum.epochs=1", "trainer.check_val_every_n_epoch=1", QUIET)
    rewarded = fit(
        "+experiment=img2poem_gru", *SHORT, f"model.weights={pairs}/checkpoints/last.ckpt", "curriculum.epochs=1",
        "model.adversarial.start_epoch=0", "curriculum.learning_rate_epochs=null", "model.style=false",
    )  # fmt: skip
    figures = read(rewarded / "metrics.json")
    assert 0 < figures["train/reward"] < 1
    assert "train/style_loss" not in figures
    system = load_system(rewarded / "checkpoints" / "last.ckpt")
    assert system.model.style is None


def test_all_pictures_may_write_all_lines(fit, read):
    run = fit("+experiment=img2poem_pairs", "model.of=experience", "trainer.max_steps=2", QUIET, "model/generator=lstm")
    assert [len(lines) for sample in read(run / "samples.jsonl") for lines in sample["hypotheses"]] == [10] * 8


def test_the_generator_learns_from_poems_of_words_alone(fit, read, tmp_path):
    words = ("red", "old", "wide", "cold", "blue", "late", "soft", "near", "lost", "pale", "deep", "dark")
    poems = [
        {"poem": f"the {one} moon\nover the {two} hill", "image_url": f"https://a/{i}.jpg", "id": i}
        for i, (one, two) in enumerate(itertools.permutations(words, 2))
    ]
    (tmp_path / "multim_poem.json").write_text(json.dumps(poems), encoding="utf-8")
    run = fit("+experiment=img2poem_multim", f"data.root={tmp_path}", "data.least_count=1", "data.val_share=0.3", QUIET)
    figures = read(run / "metrics.json")
    assert figures["val/perplexity"] > 0
    assert figures["val/perplexity_unigram"] > 1
    assert any(" " in line for sample in read(run / "samples.jsonl") for line in sample["hypotheses"][0])


def test_a_reward_without_a_discriminator_is_refused_before_anything_is_made(cli, artefacts, tmp_path):
    done = cli(
        "+experiment=img2poem_gru", "model.multimodal=false", "model.style=false", "model/size=debug", QUIET,
        f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run",
    )  # fmt: skip
    assert done.returncode == 2
    assert "model.adversarial.start_epoch" in done.stderr


def test_two_processes_train_all_stages(fit, read):
    run = fit("+experiment=img2poem_gru", *SHORT, "trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")
    assert read(run / "status.json")["state"] == "completed"
    weights = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert all(torch.isfinite(value).all() for value in weights.values() if value.is_floating_point())
