"""Runs of the unified transformer in debug size."""

import json

import pytest

import mmtg
from mmtg.models.unified_settings import PAINT, WRITE

QUIET = "logger.wandb.enabled=false"
FIGURES = """
    codebook/cosine codebook/used test/bleu_2 test/concept_recall test/perplexity test/cell_loss test/cell_accuracy
    test/painted_cosine test/painted_accuracy test/seconds_per_sample train/loss train/lm_loss train/cell_loss val/loss
    val/perplexity val/cell_loss
"""


@pytest.fixture(scope="module")
def run(fit):
    """A run of the experiment."""
    return fit("+experiment=unified", "curriculum.epochs=2", QUIET)


def test_it_writes_and_paints(run, read):
    figures = read(run / "metrics.json")
    assert set(FIGURES.split()) <= set(figures)
    assert 0 < figures["codebook/cosine"] <= 1.0001
    assert all(len(lines) == 10 for sample in read(run / "samples.jsonl") for lines in sample["hypotheses"])


def test_a_checkpoint_gives_the_same_texts_back(run):
    loaded = mmtg.load(run)
    system = loaded.system
    assert system.network(WRITE) is system.network(PAINT)
    assert system.network(WRITE).codebook.norm(dim=1).min() > 0.5
    batch = loaded.module.sets["test"].__getitems__(range(8))
    names = [sample["id"] for sample in loaded.samples[:8]]
    assert system.texts(batch, names) == [sample["hypotheses"] for sample in loaded.samples[:8]]


def test_it_writes_to_pictures_of_a_file(run, cli, artefacts, tmp_path):
    cells = {"id": "a", "topic": "思乡", "steps": [{"image": "p.png", "text": None}] + [{"image": None, "text": None}] * 4}
    from PIL import Image

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


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["model.grid=3"], "model.grid"),
        (["model.size.unified_clusters=100000"], "model.size.unified_clusters"),
        (["model.tasks=[xe]"], "model.tasks"),
    ],
)
def test_mistakes_are_named(cli, artefacts, arguments, named):
    done = cli("+experiment=unified", "model/size=debug", QUIET, f"paths.artefacts={artefacts}", *arguments)
    assert done.returncode == 2
    assert named in done.stderr
