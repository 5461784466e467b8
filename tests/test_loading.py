"""A run directory in a notebook."""

import subprocess
import sys

import pytest
import pytorch_lightning as pl

import mmtg
from mmtg.errors import InputError


def test_model_data_and_configuration_come_back(world_run, artefacts, read):
    run = mmtg.load(world_run, artefacts=artefacts)
    assert run.config.name == "mmtg_full"
    assert run.figures == read(world_run / "metrics.json")
    assert run.samples == read(world_run / "samples.jsonl")
    assert not run.system.training
    trainer = pl.Trainer(logger=False, accelerator="cpu", enable_progress_bar=False, use_distributed_sampler=False)
    (again,) = trainer.validate(run.system, datamodule=run.module, verbose=False)
    best = min(float(line.rsplit(",", 1)[1]) for line in (world_run / "metrics.csv").open() if ",val/loss," in line)
    assert again["val/loss"] == pytest.approx(best, rel=1e-6)


def test_it_writes(world_run, artefacts):
    run = mmtg.load(world_run, checkpoint="last", artefacts=artefacts)
    batch = run.module.sets["test"].__getitems__([0, 1])
    texts = run.system.texts(batch, ["a", "b"])
    assert [len(lines) for item in texts for lines in item] == [10, 10]


def test_what_is_no_run_is_named(tmp_path):
    with pytest.raises(InputError, match=r"config.yaml.*directory of a run"):
        mmtg.load(tmp_path)


def test_the_package_itself_is_light():
    code = "import sys, mmtg; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
