"""Runs of the unified transformer in debug size."""

import json
import re

import pytest
import torch
from PIL import Image

import mmtg
from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.errors import InputError
from mmtg.models.unified_settings import PAINT, WRITE
from mmtg.painting.sheet import KINDS
from mmtg.prepare import experience_module, prepare
from mmtg.tasks.paint import paint

QUIET = "logger.wandb.enabled=false"
FIGURES = """
    codebook/cosine codebook/used test/bleu_2 test/concept_recall test/perplexity test/cell_loss test/cell_accuracy
    test/painted_cosine test/painted_accuracy test/seconds_per_sample train/loss train/lm_loss train/cell_loss val/loss
    val/perplexity val/cell_loss
"""


@pytest.fixture(scope="module")
def run(fit):
    """A run of the experiment."""
    return fit("+experiment=unified", "curriculum.epochs=2", "trainer.check_val_every_n_epoch=1", QUIET)


def test_it_writes_and_paints(run, read):
    figures = read(run / "metrics.json")
    assert set(FIGURES.split()) <= set(figures)
    assert 0 < figures["codebook/cosine"] <= 1.0001
    assert all(len(lines) == 10 for sample in read(run / "samples.jsonl") for lines in sample["hypotheses"])


def test_a_checkpoint_gives_the_same_texts_back(run):
    loaded = mmtg.load(run)
    system = loaded.system
    assert system.model.network(WRITE) is system.model.network(PAINT)
    assert system.model.network(WRITE).codebook.norm(dim=1).min() > 0.5
    batch = loaded.module.sets["test"].__getitems__(range(8))
    names = [sample["id"] for sample in loaded.samples[:8]]
    assert system.texts(batch, names) == [sample["hypotheses"] for sample in loaded.samples[:8]]


def test_it_writes_to_pictures_of_a_file(run, cli, artefacts, tmp_path):
    cells = {
        "id": "a",
        "topic": "思乡",
        "steps": [{"image": "p.png", "text": None}] + [{"image": None, "text": None}] * 4,
    }
    Image.new("RGB", (80, 60), "navy").save(tmp_path / "p.png")
    (tmp_path / "in.jsonl").write_text(json.dumps(cells), encoding="utf-8")
    done = cli(
        "task=generate", f"task.checkpoint={run}/checkpoints/last.ckpt", f"task.input={tmp_path}/in.jsonl",
        f"task.output={tmp_path}/out.jsonl", f"paths.artefacts={artefacts}", "decoding=greedy", "decoding.beams=2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert [len(lines) for lines in written["hypotheses"]] == [10]


def test_as_published_with_two_networks_of_one_stream_on_whole_pictures(fit, read):
    done = fit(
        "+experiment=unified", "model.token_level.predicts=single", "model.shared=false", "model.features=discrete",
        "model.streams=one", "model.grid=1", "trainer.max_steps=2", QUIET,
    )  # fmt: skip
    figures = read(done / "metrics.json")
    assert figures["test/painted_cosine"] > 0
    assert figures["test/perplexity"] > 1


def test_the_diverse_variant_tells_how_its_texts_differ(fit, read):
    done = fit(
        "+experiment=unified_diverse", "model.token_level.predicts=spans", "model.token_level.iterations=3",
        "decoding.samples=2", "trainer.max_steps=2", QUIET,
    )  # fmt: skip
    figures = read(done / "metrics.json")
    assert 0 < figures["test/div_1"] <= 1
    assert 0 < figures["test/div_2"] < 1
    assert figures["test/unlikelihood_loss"] > 0
    assert all(len(lines) == 10 for sample in read(done / "samples.jsonl") for lines in sample["hypotheses"])


@pytest.fixture(scope="module")
def stage2(fit, run):
    """A run of the second stage behind it."""
    weights = f"model.weights={run}/checkpoints/last.ckpt"
    return fit("+experiment=unified_stage2", weights, "trainer.max_steps=3", QUIET)


def test_the_second_stage_starts_from_the_first(run, stage2, read):
    figures = read(stage2 / "metrics.json")
    assert {"train/reward", "train/reward_greedy", "train/painted_nearness_loss", "train/cell_loss"} <= set(figures)
    assert "train/lm_loss" not in figures
    assert {"test/painted_r_precision", "test/painted_r_precision_hard"} <= set(figures)
    one, other = (mmtg.load(folder, checkpoint="last").system.model.network(WRITE) for folder in (run, stage2))
    assert torch.equal(one.codebook, other.codebook)
    far = [float((a - b).detach().abs().max()) for a, b in zip(one.parameters(), other.parameters(), strict=True)]
    assert 0 < max(far) < 0.01


def test_two_processes_learn_what_one_learns(fit, run):
    exact = (
        "+experiment=unified_stage2", f"model.weights={run}/checkpoints/last.ckpt", "trainer.precision=64-true",
        "trainer.max_steps=6", "optimizer.eps=1e-3", "test=false", QUIET,
    )  # fmt: skip
    one, two = fit(*exact), fit(*exact, "trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")
    weights = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (one, two)]
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=1e-7, msg=name)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("model.tasks=[xe]", "model.tasks"),
        ("model.codebook.passes=0", "model.codebook.passes"),
        ("model.sequence_level.paints_by=gan", "model.sequence_level.paints_by"),
        ("model.token_level.draws=0", "model.token_level.draws"),
        ("model.grid=3", "model.grid"),
    ],
)
def test_mistakes_are_named_before_anything_is_made(composed, artefacts, tmp_path, change, named):
    kept = artefacts if "grid" in change else tmp_path  # what a grid must divide is known to the encoder
    config = composed("+experiment=unified", "model/size=debug", f"paths.artefacts={kept}", change)
    with pytest.raises(InputError, match=re.escape(named)):
        experience_module(prepare(config, experiences=True), schedule_from(plain(config.curriculum)), config)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def painted(composed, artefacts, tmp_path):
    """Paints to the lines of a checkpoint's test split, or of a file."""

    def make(checkpoint, *more):
        outputs = [f"task.output={tmp_path}/sheet.png", f"paths.artefacts={artefacts}"]
        return paint(composed("task=paint", "model/size=debug", f"task.checkpoint={checkpoint}", *outputs, *more))

    return make


def test_it_paints_to_the_lines_of_the_test_split(run, painted, read, tmp_path):
    figures = painted(run / "checkpoints/last.ckpt", "task.count=3", "task.rows=2", f"task.pictures={tmp_path}/all")
    assert figures == read(tmp_path / "sheet.json")
    names = {f"{kind}_pixel_{end}" for kind in KINDS for end in ("cosine", "r_precision", "r_precision_hard")}
    assert set(figures) == names
    index = read(tmp_path / "all" / "pictures.jsonl")
    assert [one["step"] for one in index] == [1, 2, 3, 4, 5] * 3
    assert {Image.open(tmp_path / "all" / one["file"]).size for one in index} == {(64, 64)}
    assert Image.open(tmp_path / "sheet.png").width > 5 * 3 * 128
    with pytest.raises(InputError, match=r"sheet\.png"):  # nothing that is there is lost
        painted(run / "checkpoints/last.ckpt")


def test_it_paints_to_lines_without_pictures_and_learns_pixels_once(run, painted, artefacts, tmp_path):
    experience = {"id": "a", "topic": "思乡", "steps": [], "lines": ["月"] * 10}
    (tmp_path / "in.jsonl").write_text(json.dumps(experience), encoding="utf-8")
    figures = painted(run / "checkpoints/last.ckpt", f"task.input={tmp_path}/in.jsonl")
    assert len(list(artefacts.glob("pixels-decoder-*"))) == 1
    assert {name.split("_")[0] for name in figures} == {"painted"}


def test_another_system_does_not_paint(run, painted, monkeypatch):
    monkeypatch.setattr("mmtg.tasks.paint.load_system", lambda checkpoint: torch.nn.Identity())
    with pytest.raises(InputError, match="model=unified"):
        painted(run / "checkpoints/last.ckpt")


def test_what_cannot_be_painted_is_named_and_nothing_is_left(run, painted, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"id": "a", "topic": "x", "steps": []}', encoding="utf-8")
    content = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    content["hyper_parameters"]["model"]["tasks"] = ["xe_i2t"]
    torch.save(content, tmp_path / "writes.ckpt")
    there = sorted(tmp_path.iterdir())
    for checkpoint, more, named in (
        (tmp_path / "writes.ckpt", [], "xe_t2i"),
        (run / "checkpoints/last.ckpt", [f"task.input={tmp_path}/in.jsonl"], "line 1: lines"),
        (run / "checkpoints/last.ckpt", ["task.rows=0"], r"task\.rows"),
        (run / "checkpoints/last.ckpt", ["task.decoder.batch_size=1"], r"task\.decoder\.batch_size"),
    ):
        with pytest.raises(InputError, match=named):
            painted(checkpoint, *more)
    assert sorted(tmp_path.iterdir()) == there
