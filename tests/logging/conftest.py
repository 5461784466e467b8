"""Fixtures of the loggers' tests."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmtg.invocation import Invocation, told
from mmtg.logging.make import make_loggers
from mmtg.rundir import RunDirectory

SAMPLES = [
    {
        "id": "one", "topic": "moon", "reference": ["a", "b"], "hypotheses": [["c", "d"], ["e"]],
        "plan": [["moon", "well"], []], "scores": [{"img_rel": [4, None]}, {"img_rel": [1, 2]}],
        "attention": [[0.5, 0.25, 0.25], None],
    },
    {
        "id": "two", "topic": "<script>|*", "reference": ["f"], "hypotheses": [["<b>g</b>"]],
        "attention": [[0.0, 0.75, 0.25], [0.2, 0.2, 0.6]],
    },
]  # fmt: skip
"""Test outputs."""


@pytest.fixture
def samples():
    return SAMPLES


@pytest.fixture
def board(composed, tmp_path):
    """The last configured logger of a job of a sweep; gives the same run when it is asked for again."""

    def make(*overrides, done=None, job="full-seed2"):
        typed = ("+experiment=mmtg_full", "+ablation=full", "seed=2")
        config = composed(*typed, f"paths.runs={tmp_path}/runs", *overrides)
        OmegaConf.resolve(config)
        sweep = tmp_path / "runs" / "ablation" / "today"
        directory = RunDirectory(Path(sweep, job))
        directory.path.mkdir(parents=True, exist_ok=True)
        with told(Invocation(directory.path, typed, sweep)):
            return make_loggers(config, directory, done=done)[-1]

    return make
