"""Fixtures of all tests."""

import os

# Small models on one thread each: tests run side by side, and threads that wait for each other would cost more than
# they compute. Set before torch is imported, here and in the processes that tests start.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import json
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from hydra import compose, initialize_config_dir

from mmtg.config import register_schemas

# The same examples each time, so that a change breaks a test and not a day; --hypothesis-profile=default draws others.
hypothesis.settings.register_profile("same", derandomize=True, print_blob=True)
hypothesis.settings.load_profile("same")
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
DEBUG = ("model/size=debug", "logger.wandb.mode=offline")


@pytest.fixture(scope="session")
def shared():
    """The folder of reference data beside the repository; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("needs the reference data beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def composed():
    """Composes the configuration as run.py does."""
    register_schemas()

    def make(*overrides):
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            return compose("config", overrides=list(overrides))

    return make


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory):
    """A folder of artefacts that all tests share."""
    return tmp_path_factory.mktemp("artefacts")


@pytest.fixture(scope="session")
def cli(artefacts, tmp_path_factory):
    """Runs run.py in a folder of its own; gives status, stdout and stderr."""

    def run(*arguments, cwd=None, timeout=300):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "SLURM"))}
        return subprocess.run(
            [sys.executable, str(ROOT / "run.py"), *arguments],
            cwd=cwd or tmp_path_factory.mktemp("cwd"),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**environment, "HF_HUB_OFFLINE": "1"},
        )

    return run


@pytest.fixture(scope="session")
def fit(cli, artefacts, tmp_path_factory):
    """Runs a small training to its end; gives the run directory."""

    def run(*arguments, directory=None, debug=DEBUG):
        directory = directory or tmp_path_factory.mktemp("run") / "run"
        done = cli(*debug, f"hydra.run.dir={directory}", f"paths.artefacts={artefacts}", *arguments)
        assert done.returncode == 0, done.stderr[-3000:]
        return directory

    return run


@pytest.fixture(scope="session")
def world_run(fit):
    """A run of the main experiment, of debug size."""
    return fit("+experiment=mmtg_full")


@pytest.fixture(scope="session")
def inspect():
    """Reads a file of W&B's with its own reader of local runs; gives the records."""
    wandb = str(Path(sys.executable).with_name("wandb"))

    def of(file, *options):
        command = [wandb, "leet", "inspect", *options, "--json", str(file)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(done.stdout)] if "--summary" in options else [*map(json.loads, done.stdout.splitlines())]

    return of


@pytest.fixture
def read():
    """Reads JSON and JSON lines."""

    def of(path):
        text = Path(path).read_text(encoding="utf-8")
        if str(path).endswith(".jsonl"):
            return [json.loads(line) for line in text.splitlines()]
        return json.loads(text)

    return of
