"""What the command line does, from Python; systems that stand outside the package."""

import textwrap

import pytest
import torch

import mmtg
from mmtg.errors import InputError
from mmtg.instantiate import TRUSTED
from tests.conftest import DEBUG

QUICK = (*DEBUG, "logger.wandb.enabled=false", "trainer.enable_progress_bar=false")
MODULE = '''
    import torch
    from mmtg.models.loss import Loss
    from mmtg.models.system import System

    class Parrot(System):
        """Says the topic in every line; its weight learns to be 1."""

        def __init__(self, parts, plain, *, name, size, loud):
            super().__init__(parts, plain)
            self.name, self.loud = name, loud
            self.weight = torch.nn.Parameter(torch.zeros(parts.vector_width))

        def loss(self, batch, *, positive_from):
            return Loss((self.weight - 1).square().mean(), {})

        def texts(self, batch, names, *, numbers=None):
            topic = [self.layout.vocabulary.decode(row.tolist()) for row in batch.topic_ids]
            return [[[word + self.loud] * self.layout.lines] for word in topic]
'''
MODEL = "_target_: parrot_of_test.Parrot\nname: parrot\nloud: 嘎\n"
EXPERIMENT = """\
# @package _global_
defaults: [{override /model: parrot}, {override /pretrain: none}]
name: parrot
"""


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A folder with a system's module and its configuration."""
    monkeypatch.setenv(TRUSTED, "")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "parrot_of_test.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    for group, text in (("model", MODEL), ("experiment", EXPERIMENT)):
        (tmp_path / "conf" / group).mkdir(parents=True)
        (tmp_path / "conf" / group / "parrot.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_system_outside_the_package_is_trained_tested_and_loaded(outside, artefacts, read):
    wanted = (*QUICK, "+experiment=parrot", f"paths.artefacts={artefacts}", "model.loud=oh")
    with pytest.raises(InputError, match=r"may not build.*parrot_of_test"):
        mmtg.fit(*wanted, directory=outside / "untrusted", conf=outside / "conf")
    assert read(outside / "untrusted" / "status.json")["state"] == "failed"
    mmtg.trust("parrot_of_test")
    directory = mmtg.fit(*wanted, directory=outside / "run", conf=outside / "conf")
    assert read(directory / "status.json")["state"] == "completed"
    samples = read(directory / "samples.jsonl")
    assert all(line.endswith("oh") for sample in samples for line in sample["hypotheses"][0])
    assert "test/bleu_2" in read(directory / "metrics.json")
    run = mmtg.load(directory, artefacts=artefacts)
    assert run.system.name == "parrot"
    assert 0 < run.system.weight.mean() < 1
    assert run.system.weight.shape == run.module.sets["test"].__getitems__([0]).topic_vector[0].shape


@pytest.mark.slow
def test_the_command_line_takes_the_same_folder(outside, cli, artefacts, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(outside))
    wanted = ("--config-dir", outside / "conf", *QUICK, "+experiment=parrot", f"paths.artefacts={artefacts}")
    monkeypatch.setenv(TRUSTED, "parrot_of_test")
    done = cli(*map(str, wanted), "hydra.run.dir=run", "test=false", "trainer.max_steps=1", cwd=outside)
    assert done.returncode == 0, done.stderr[-2000:]
    content = torch.load(outside / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert content["hyper_parameters"]["model"]["_target_"] == "parrot_of_test.Parrot"


def test_a_published_baseline_without_a_token_table_comes_back(artefacts, tmp_path):
    wanted = (*QUICK, "+experiment=images2poem", f"paths.artefacts={artefacts}", "trainer.max_steps=1", "test=false")
    run = mmtg.load(mmtg.fit(*wanted, directory=tmp_path / "run"))
    batch = run.module.sets["test"].__getitems__([0])
    assert len(run.system.texts(batch, ["a"])[0][0]) == 10


@pytest.mark.parametrize(("override", "fault"), [("+nonsense=1", "nonsense"), ("model.dropout=much", "much")])
def test_mistakes_are_named(override, fault):
    with pytest.raises(Exception, match=fault):
        mmtg.compose(override)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.*no folder of configurations"):
        mmtg.compose(conf=tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["it's", "a, b] [c", "back\\slash", "end\\", "\\'both"])
def test_folders_of_any_name_are_compared(tmp_path, name):
    """Whatever Hydra makes of quotation marks, brackets and backslashes."""
    folder = tmp_path / name
    folder.mkdir()
    (folder / "config.yaml").write_text("[", encoding="utf-8")
    (broken,) = mmtg.comparison([folder]).broken
    assert broken.directory == folder
