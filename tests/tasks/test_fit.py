"""The main job, in debug size: a complete run directory, the same again, and going on."""

import csv
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import torch
from omegaconf import OmegaConf

from mmtg.models.build import load_system
from tests.conftest import DEBUG, ROOT


def test_the_run_directory_is_complete(world_run, read):
    names = {path.name for path in world_run.iterdir()}
    assert names >= {
        "config.yaml", "overrides.yaml", "provenance.json", "status.json", "metrics.csv", "metrics.json",
        "samples.jsonl", "checkpoints", "encoder", "wandb",
    }  # fmt: skip
    assert {path.name for path in (world_run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert read(world_run / "status.json")["state"] == "completed"
    config = OmegaConf.load(world_run / "config.yaml")
    assert config.name == "mmtg_full"
    assert config.data.train_items == 100
    assert "+experiment=mmtg_full" in OmegaConf.load(world_run / "overrides.yaml")
    provenance = read(world_run / "provenance.json")
    assert provenance["seed"] == 1
    assert provenance["packages"]["torch"]
    assert {"train", "val", "test"} == set(provenance["data"]["stores"])
    assert "tok:zh" in provenance["signatures"]["sacrebleu"]


FIGURES = """
    test/bleu_1 test/bleu_2 test/bleu_3 test/bleu_4 test/distinct_1 test/distinct_2 test/distinct_3
    test/sacrebleu test/chrf test/rouge_l test/embedding_cosine test/perplexity test/seconds_per_sample
    test/concept_recall test/concept_recall_chance test/concept_recall_ceiling
    test/relevance test/relevance_chance test/relevance_ceiling
    val/loss val/perplexity train/loss train/lm_loss train/kl_loss train/lr train/samples_per_second
    encoder/recall_at_1 decoder/val/loss
"""


def test_figures(world_run, read):
    figures = read(world_run / "metrics.json")
    assert set(FIGURES.split()) <= set(figures)
    assert all(isinstance(value, float) for value in figures.values())
    assert figures["test/concept_recall_ceiling"] == 1.0


def test_samples(world_run, read):
    samples = read(world_run / "samples.jsonl")
    assert len(samples) == 8
    for sample in samples:
        assert set(sample) == {"id", "topic", "reference", "hypotheses", "plan", "scores", "attention"}
        assert len(sample["reference"]) == 10
        assert [len(lines) for lines in sample["hypotheses"]] == [10]
        assert len(sample["plan"]) == len(sample["scores"]) == 5
        for weights in sample["attention"]:
            assert weights is None or sum(weights) == pytest.approx(1, abs=1e-5)


def test_csv(world_run):
    with open(world_run / "metrics.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"step", "epoch", "name", "value"}
    assert {"train/loss", "val/loss", "test/bleu_2"} <= {row["name"] for row in rows}
    for row in rows:
        float(row["value"])


def test_checkpoints_are_plain_data(world_run):
    content = torch.load(world_run / "checkpoints" / "best.ckpt", weights_only=True)
    assert content["hyper_parameters"]["model"]["name"] == "mmtg"
    system = load_system(world_run / "checkpoints" / "best.ckpt")
    assert not system.training


def test_same_seed_same_result(world_run, fit, read):
    again = fit("+experiment=mmtg_full")
    assert read(again / "samples.jsonl") == read(world_run / "samples.jsonl")
    first, second = (read(run / "metrics.json") for run in (world_run, again))
    steady = [name for name in first if not name.startswith("time/") and "second" not in name]
    assert {name: second[name] for name in steady} == {name: first[name] for name in steady}


def test_another_seed_another_result(world_run, fit, read):
    other = fit("+experiment=mmtg_full", "seed=2")
    assert read(other / "metrics.json")["train/loss"] != read(world_run / "metrics.json")["train/loss"]


def test_going_on_from_the_last_checkpoint(fit, read, tmp_path):
    directory = tmp_path / "run"
    whole = fit("+experiment=mmtg_full")
    fit("+experiment=mmtg_full", "test=false", directory=directory)
    assert not (directory / "samples.jsonl").exists()
    steps = torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]
    fit("+experiment=mmtg_full", directory=directory)
    again = torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]
    assert again == steps
    assert read(directory / "samples.jsonl") == read(whole / "samples.jsonl")


def test_a_failed_run_says_so(cli, artefacts, tmp_path, read):
    done = cli(
        "+experiment=mmtg_full", "model/size=debug", f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run",
        "resume=nowhere.ckpt",
    )  # fmt: skip
    assert done.returncode == 2
    assert "nowhere.ckpt" in done.stderr
    status = read(tmp_path / "run" / "status.json")
    assert status["state"] == "failed"
    assert "nowhere.ckpt" in status["error"]


VARIANTS = [
    "model.encoder=lstm", "model.encoder=rnn", "model.encoder=transformer",
    "model.encoder=transformer model.encoder_positions=true", "model.alpha_attention=fixed", "model.fusion=multiply",
    "model.fusion=prompt", "model.use_image=false", "model.use_text=false", "model.use_topic_prompt=false",
    "model.kl_weight=0", "layout=compact", "curriculum=none", "decoding=greedy", "decoding=published_head",
    "pretrain=none optimizer=published",
]  # fmt: skip
"""The ablations of the paper and ours; the curricula stand in tests/test_curriculum_runs.py."""


@pytest.mark.parametrize("overrides", VARIANTS)
def test_variants_train_and_write(fit, read, overrides):
    run = fit("+experiment=mmtg_full", *overrides.split(), "trainer.max_steps=20", "logger.wandb.enabled=false")
    assert read(run / "status.json")["state"] == "completed"
    samples = read(run / "samples.jsonl")
    assert {len(sample["hypotheses"]) for sample in samples} == {10 if "published_head" in overrides else 1}
    assert all(len(lines) == 10 for sample in samples for lines in sample["hypotheses"])
    assert any(line for sample in samples for lines in sample["hypotheses"] for line in lines)


@pytest.mark.parametrize("name", ["images2poem", "images2poem_fair", "topic_gpt2", "split_gpt2"])
def test_baselines_run(fit, read, name):
    run = fit(f"+experiment={name}", "trainer.max_steps=5", "logger.wandb.enabled=false")
    figures = read(run / "metrics.json")
    assert figures["test/bleu_1"] >= 0
    assert figures["test/lm_loss"] > 0
    assert len(read(run / "samples.jsonl")) == 8
    assert load_system(run / "checkpoints" / "best.ckpt").name == name.removesuffix("_fair")


def test_inputs_are_dropped_and_permuted_at_test_time(fit, read):
    short = ["+experiment=mmtg_full", "trainer.max_steps=3", "logger.wandb.enabled=false"]
    plain = read(fit(*short, "decoding=greedy") / "samples.jsonl")
    permuted = read(fit(*short, "decoding=greedy", "perturb=permute") / "samples.jsonl")
    assert [sample["ordered"] for sample in permuted] == [sample["hypotheses"][0] for sample in plain]
    assert {len(sample["shuffled"]) for sample in permuted} == {10}
    dropped = read(fit(*short, "decoding.samples=2", "perturb=drop", "perturb.drop=8") / "samples.jsonl")
    assert {len(sample["hypotheses"]) for sample in dropped} == {2}


def test_the_learning_rate_falls_to_nothing_also_where_gradients_are_accumulated(fit):
    run = fit("+experiment=mmtg_full", "trainer.accumulate_grad_batches=2", "logger.wandb.enabled=false", "test=false")
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["lr_schedulers"][0]["_last_lr"] == [0.0]


def test_two_processes_equal_one(fit, read):
    same = ["+experiment=mmtg_full", "model.dropout=0", "logger.wandb.enabled=false", "decoding=greedy"]
    one = fit(*same)
    two = fit(*same, "trainer=ddp")
    figures, twice = (read(run / "metrics.json") for run in (one, two))
    assert twice["val/loss"] == pytest.approx(figures["val/loss"], rel=1e-6)
    assert len(read(two / "samples.jsonl")) == 8
    assert twice["test/bleu_1"] == pytest.approx(figures["test/bleu_1"], abs=0.02)


def test_phase_one_alone(fit, read):
    run = fit("+experiment=decoder_world", "logger.wandb.enabled=false")
    figures = read(run / "metrics.json")
    assert figures["val/perplexity"] > 1
    assert figures["val/perplexity_unigram"] > 1
    assert (run / "checkpoints" / "best.ckpt").is_file()


def test_phase_one_alone_makes_what_the_main_job_would(cli, artefacts, tmp_path):
    """The artefact of the decoder's own run has the weights that the main job trains for itself."""
    common = ["logger.wandb.enabled=false", "model/size=debug", "trainer.max_steps=5"]
    weights = []
    for name in ("decoder_world", "mmtg_full"):
        own = tmp_path / name
        shutil.copytree(artefacts, own, ignore=shutil.ignore_patterns("decoder-*", ".locks"))
        done = cli(f"+experiment={name}", *common, f"paths.artefacts={own}", f"hydra.run.dir={tmp_path}/run-{name}")
        assert done.returncode == 0, done.stderr[-2000:]
        (made,) = own.glob("decoder-*")
        weights.append((made.name, torch.load(made / "decoder.pt", weights_only=True)))
    (first_name, first), (second_name, second) = weights
    assert first_name == second_name
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_summary_shows_three_poems(cli, artefacts, tmp_path):
    done = cli(
        "+experiment=mmtg_full", "model/size=debug", f"paths.artefacts={artefacts}", f"hydra.run.dir={tmp_path}/run",
        "trainer.max_steps=2", "logger.wandb.enabled=false",
    )  # fmt: skip
    assert done.returncode == 0
    assert "test/concept_recall" in done.stdout
    assert "run directory" in done.stdout


def test_a_multirun_makes_a_run_directory_a_job(cli, artefacts, tmp_path, read, inspect):
    done = cli(
        "-m", "+experiment=mmtg_full", "seed=1,2", "trainer.max_steps=2", *DEBUG, f"paths.artefacts={artefacts}",
        f"hydra.sweep.dir={tmp_path}/sweep",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    runs = sorted(path.parent for path in (tmp_path / "sweep").glob("*/status.json"))
    assert len(runs) == 2
    assert [read(run / "provenance.json")["seed"] for run in runs] == [1, 2]
    files = [list(run.glob("wandb/offline-run-*/*.wandb")) for run in runs]
    told = [[record["run"] for record in inspect(file) if record["type"] == "run"] for [file] in files]
    assert len({run["run_id"] for [run] in told}) == 2
    assert {run["run_group"] for [run] in told} == {f"{tmp_path.name}/sweep"}


def test_a_job_that_fails_in_a_multirun_does_not_stop_the_others(cli, artefacts, tmp_path, read):
    done = cli(
        "-m", "+experiment=mmtg_full", "resume=nowhere.ckpt,never", "trainer.max_steps=2", *DEBUG,
        "logger.wandb.enabled=false", f"paths.artefacts={artefacts}", f"hydra.sweep.dir={tmp_path}/sweep",
    )  # fmt: skip
    assert done.returncode == 2
    states = [read(path)["state"] for path in sorted((tmp_path / "sweep").glob("*/status.json"))]
    assert states == ["failed", "completed"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_to_the_same_end(fit, artefacts, tmp_path, read, number):
    """Stopped somewhere after an epoch, continued with the same command: the weights of an undisturbed run."""
    arguments = ["+experiment=mmtg_full", "curriculum.epochs=40", "logger.wandb.enabled=false"]
    run = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *arguments, *DEBUG, f"paths.artefacts={artefacts}",
         f"hydra.run.dir={run}"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores SIGINT
    )  # fmt: skip
    for _ in range(1200):
        if (run / "checkpoints" / "last.ckpt").is_file():
            break
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(60) != 0
    assert read(run / "status.json")["state"] == "preempted"
    fit(*arguments, directory=run)
    whole = fit(*arguments)
    mine, theirs = (torch.load(r / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for r in (run, whole))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert read(run / "samples.jsonl") == read(whole / "samples.jsonl")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["model.size.decoder_positions=64"], ["decoder_positions", "64", "data.layout"]),
        (["model.size.hidden=30"], ["attention_heads", "hidden=30"]),
        (["decoding.top_p=2"], ["top_p is 2"]),
        (["data=mmtg", "data.root=.", "encoder=clip", "encoder.checkpoint=x"], ["encoder", "brings its vectors"]),
        (["data.layout.step_types=[1]"], ["step_types"]),
        (["+experiment=decoder_world", "data=ccpc", "data.root=nowhere"], ["nowhere"]),
        (["data=ccpc", "data.root=nowhere"], ["texts alone"]),
    ],
)
def test_contradictions_are_refused_by_name(cli, artefacts, tmp_path, overrides, words):
    main = [] if overrides[0].startswith("+experiment") else ["+experiment=mmtg_full", "pretrain=none"]
    done = cli(
        *overrides, *main, *DEBUG, f"paths.artefacts={artefacts}",
        f"paths.runs={tmp_path}/runs", "logger.wandb.enabled=false",
    )  # fmt: skip
    assert done.returncode == 2, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
