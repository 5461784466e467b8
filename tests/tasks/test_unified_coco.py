"""Runs of the unified transformer on a folder made to the format of COCO's captions, in debug size."""

import pytest

import mmtg
from mmtg import app
from mmtg.invocation import Invocation, told
from mmtg.models.unified_settings import PAINT, WRITE
from tests.data import coco

SMALL = (
    "data.least_count=1",
    "data.batch_size=4",
    "data.workers=0",
    "trainer.max_steps=4",
    "logger.wandb.enabled=false",
)
FIGURES = """
    codebook/cosine codebook/used train/lm_loss train/cell_loss val/loss val/perplexity val/cell_loss test/perplexity
    test/cider_d test/caption_bleu_4 test/caption_rouge_l test/copied_lines test/painted_cosine test/painted_accuracy
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The folder."""
    return coco.write(tmp_path_factory.mktemp("coco"))


@pytest.fixture(scope="module")
def run(fit, root):
    """A run of the experiment."""
    return fit("+experiment=unified_coco", f"data.root={root}", "trainer.check_val_every_n_epoch=2", *SMALL)


def test_it_writes_captions_and_paints(run, read):
    figures = read(run / "metrics.json")
    assert set(FIGURES.split()) <= set(figures)
    assert "test/painted_r_precision" not in figures  # which needs texts and pictures in one space
    samples = read(run / "samples.jsonl")
    assert len(samples) == coco.SPLITS["test"]
    assert all(len(lines) == 1 for sample in samples for lines in sample["hypotheses"])
    assert [len(sample["references"]) for sample in samples] == [len(coco.captions(i)) for i in (12, 13, 14)]


def test_cells_are_as_long_as_the_data_have_them(run):
    loaded = mmtg.load(run)
    network = loaded.system.model.network(WRITE)
    assert network is loaded.system.model.network(PAINT)
    lengths = loaded.system.scene(loaded.module.sets["test"].__getitems__([0, 1])).cells.norm(dim=-1)
    assert lengths.shape == (2, 64)
    assert lengths.std() > 0.1 * lengths.mean()
    assert network.codebook.norm(dim=1).mean() > 2


def test_the_second_stage_hears_all_captions_and_paints_by_distance(fit, run, root, read):
    weights = f"model.weights={run}/checkpoints/last.ckpt"
    second = ("+experiment=unified_coco_stage2", f"data.root={root}", weights, *SMALL, "trainer.max_steps=3")
    figures = read(fit(*second, "model.features=discrete") / "metrics.json")
    assert {"train/reward", "train/reward_greedy", "train/painted_distance", "train/cell_loss"} <= set(figures)
    assert "train/lm_loss" not in figures


@pytest.fixture
def refused(composed, artefacts, tmp_path, capsys):
    """Does the job of run.py here; gives the one line that it ends with."""

    def job(*overrides, artefacts=artefacts):
        made = (f"paths.artefacts={artefacts}", "model/size=debug")
        config = composed("+experiment=unified_coco", *SMALL, *made, *overrides)
        with told(Invocation(tmp_path / "run", ())), pytest.raises(SystemExit) as ended:
            app.run(config)
        assert ended.value.code == app.MISTAKE
        [line] = capsys.readouterr().err.strip().splitlines()
        return line

    return job


def test_pictures_cannot_be_held_against_texts_without_a_shared_space(refused, root):
    line = refused(f"data.root={root}", "model.tasks=[rl_t2i]")
    assert line.startswith("error: model.tasks: asks for rl_t2i, which by clip needs an encoder")


def test_a_mistake_in_the_data_ends_the_run_with_one_line(refused, tmp_path):
    folder, [name, *_] = coco.write(tmp_path / "coco", width=4), [name for name, _ in coco.names()]
    coco.change(folder, name, None)
    line = refused(f"data.root={folder}", "data.width=4", artefacts=tmp_path / "made")
    assert line == f"error: {folder / coco.FEATURES['train']}: image {name}: has no such image"
