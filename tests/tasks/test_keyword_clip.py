"""Runs of the keyword system, in debug size: on the picture world, on quatrains, and about one picture."""

import json

import numpy as np
import pytest
import torch

from mmtg.decoding.form_check import obeys
from mmtg.decoding.forms import Form
from mmtg.models.build import load_system
from mmtg.world import World

QUIET = "logger.wandb.enabled=false"
FIGURES = """
    test/bleu_1 test/bleu_2 test/distinct_2 test/rouge_l test/sacrebleu test/chrf test/embedding_cosine test/perplexity
    test/concept_recall test/form_kept test/seconds_per_sample val/loss val/perplexity train/loss train/lm_loss
    keywords/recall_at_1 keywords/recall_at_5 decoder/val/perplexity
"""
WORLD_FORM = Form(lines=10, characters=tuple(range(4, 10)), equal_lines=False)


@pytest.mark.parametrize("lm", ["gpt2", "t5"])
def test_both_experiments_write_in_the_layout_of_mmtg(fit, read, lm):
    run = fit(f"+experiment=keyword_clip_{lm}", "trainer.max_steps=5", "resume=auto", QUIET)
    assert read(run / "status.json")["state"] == "completed"
    assert set(FIGURES.split()) <= set(read(run / "metrics.json"))
    samples = read(run / "samples.jsonl")
    assert len(samples) == 8
    for sample in samples:
        assert [len(lines) for lines in sample["hypotheses"]] == [10]
        assert obeys(sample["hypotheses"][0], WORLD_FORM) == []
        assert [len(words) for words in sample["keywords"]] == [5] * 5
    assert read(run / "metrics.json")["test/form_kept"] == 1
    system = load_system(run / "checkpoints" / "best.ckpt")
    assert system.vocabulary.tokens[:6] == ["[PAD]", "[UNK]", "[SEP]", "[CLS]", "[MASK]", "[EOS]"]
    assert len(system.index.words) == len(system.keyword_vectors)


def test_form_and_keywords_may_change_when_a_checkpoint_is_tested(fit, cli, artefacts, tmp_path, read):
    run = fit("+experiment=keyword_clip_gpt2", "trainer.max_steps=5", QUIET)
    again = ("task=test", f"task.checkpoint={run}/checkpoints/best.ckpt")
    other = fit(*again, "form.characters=[6]", "keywords.top_k=1", "perturb=permute", "decoding=greedy", QUIET)
    for sample in read(other / "samples.jsonl"):
        assert {len(line) for text in sample["hypotheses"] for line in text} == {6}
        assert [len(words) for words in sample["keywords"]] == [1] * 5
    assert read(other / "metrics.json")["test/form_kept"] == 1
    done = cli(
        *again, f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run", "form=quatrain5", "model/size=debug"
    )
    assert done.returncode == 2
    assert "form.lines" in done.stderr


@pytest.mark.parametrize("experiment", ["mmtg_full", "keyword_clip_ccpc"])
def test_candidates_that_nothing_can_rank_are_refused_at_the_start(cli, artefacts, quatrains, tmp_path, experiment):
    data = [f"data.root={quatrains}", "data.file=poems.json"] if experiment.endswith("ccpc") else []
    done = cli(
        f"+experiment={experiment}", *data, "decoding.candidates=2", f"paths.artefacts={artefacts}",
        f"hydra.run.dir={tmp_path}/run", "model/size=debug", QUIET,
    )  # fmt: skip
    assert done.returncode == 2
    assert "decoding.candidates" in done.stderr


def test_pictures_reach_the_language_model_through_the_mapping_network(fit, read):
    pooled = ("mapping=clipcap", "mapping.heads=2", "model.freeze_lm=true", "keywords.of=pooled")
    often = "trainer.check_val_every_n_epoch=1"
    run = fit("+experiment=keyword_clip_gpt2", *pooled, "trainer.max_steps=3", often, "test=false", QUIET)
    weights = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert any(name.startswith("model.mapping.") for name in weights)
    assert read(run / "metrics.json")["val/perplexity"] > 1


def test_same_seed_same_result(fit, read):
    """Also where the lines that T5 learns from are drawn anew for each visit."""
    first, second = (fit("+experiment=keyword_clip_t5", "trainer.max_steps=5", QUIET) for _ in range(2))
    assert read(first / "samples.jsonl") == read(second / "samples.jsonl")
    assert read(first / "metrics.json")["train/loss"] == read(second / "metrics.json")["train/loss"]


@pytest.fixture(scope="module")
def quatrains(tmp_path_factory):
    """Quatrains of lines from the world, cut to five characters, with keywords as CCPC has them."""
    folder, world = tmp_path_factory.mktemp("quatrains"), World(seed=1)
    records = []
    for i in range(60):
        _, lines = world.poem("quatrains", i)
        five = [line[:5] for line in lines if len(line) >= 5][:4]
        record = {"title": lines[0], "content": "|".join(five), "keywords": f"{five[0][:2]} {five[1][1:3]}"}
        records.append(json.dumps(record, ensure_ascii=False))
    (folder / "poems.json").write_text("\n".join(records) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def quatrain_run(fit, quatrains):
    return fit(
        "+experiment=keyword_clip_ccpc", f"data.root={quatrains}", "data.file=poems.json", "data.val_share=0.3",
        "form=quatrain5", QUIET,
    )  # fmt: skip


def test_a_language_model_of_quatrains(quatrain_run, read):
    figures = read(quatrain_run / "metrics.json")
    for name in ("val/perplexity", "val/perplexity_unigram", "val/perplexity_untrained"):
        assert figures[name] > 1
    samples = read(quatrain_run / "samples.jsonl")
    form = Form(lines=4, characters=(5,))
    assert [reason for sample in samples for reason in obeys(sample["hypotheses"][0], form)] == []
    assert all(sample["keywords"][0][0] for sample in samples)


def test_published_switches_train(fit, quatrains, read):
    common = (f"data.root={quatrains}", "data.file=poems.json", "data.val_share=0.3", "test=false", QUIET)
    for changes in (
        ("model/objective=published_gpt2", "model.lm.types_when_writing=false"),
        ("model/objective=readme_gpt2",),
        ("model/lm=t5", "model/objective=published_t5", "model.lm.ban_first=true"),
    ):
        run = fit("+experiment=keyword_clip_ccpc", *common, *changes)
        assert read(run / "metrics.json")["train/loss"] > 0


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "moon.png"
    World(seed=5).picture("moon", "night-clear", np.random.default_rng(0)).save(path)
    return path


def generate(cli, artefacts, checkpoint, *arguments):
    return cli(
        "task=generate", f"task.checkpoint={checkpoint}", f"paths.artefacts={artefacts}", "model/size=debug", *arguments
    )


def test_a_quatrain_about_a_picture(cli, artefacts, quatrain_run, picture, tmp_path, read):
    output = tmp_path / "poem.jsonl"
    done = generate(
        cli, artefacts, quatrain_run / "checkpoints" / "best.ckpt", f"task.image={picture}", f"task.output={output}",
        "decoding.samples=2", "decoding.candidates=3", "keywords.top_k=3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [record] = read(output)
    assert record["id"] == "moon.png"
    assert [len(words) for words in record["keywords"]] == [3]
    assert len(record["hypotheses"]) == 2
    form = Form(lines=4, characters=(5,))
    for lines in record["hypotheses"]:
        assert obeys(lines, form) == []
        assert "\n".join(lines) in done.stdout
    assert " ".join(record["keywords"][0]) in done.stdout


def test_the_form_may_change_after_training(cli, artefacts, quatrain_run, picture, tmp_path, read):
    output = tmp_path / "poem.jsonl"
    done = generate(
        cli, artefacts, quatrain_run / "checkpoints" / "best.ckpt", f"task.image={picture}", f"task.output={output}",
        "form=quatrain7",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {len(line) for line in read(output)[0]["hypotheses"][0]} == {7}


def test_sampling_as_published(cli, artefacts, quatrain_run, picture, tmp_path, read):
    output = tmp_path / "poem.jsonl"
    published = ("decoding=keyword_published", "form=free", "form.no_repeat=line")
    checkpoint = quatrain_run / "checkpoints" / "best.ckpt"
    done = generate(cli, artefacts, checkpoint, f"task.image={picture}", f"task.output={output}", *published)
    assert done.returncode == 0, done.stderr
    texts = read(output)[0]["hypotheses"]
    assert len(texts) == 10
    assert all(len(set(line)) == len(line) for lines in texts for line in lines)
    equal = [len({len(line) for line in lines}) == 1 for lines in texts]
    assert equal == sorted(equal, reverse=True)


@pytest.mark.parametrize("given", [[], ["task.image=x.png", "task.input=x.jsonl"]])
def test_a_picture_or_a_file_is_asked_for(cli, artefacts, quatrain_run, tmp_path, given):
    done = generate(
        cli, artefacts, quatrain_run / "checkpoints" / "best.ckpt", *given, f"task.output={tmp_path}/o.jsonl"
    )
    assert done.returncode == 2
    assert "task.image" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_not_there_is_named(cli, artefacts, quatrain_run, tmp_path):
    done = generate(
        cli, artefacts, quatrain_run / "checkpoints" / "best.ckpt", "task.image=nowhere.png",
        f"task.output={tmp_path}/o.jsonl",
    )  # fmt: skip
    assert done.returncode == 2
    assert "nowhere.png" in done.stderr
    assert not list(tmp_path.iterdir())
