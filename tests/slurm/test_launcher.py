"""``hydra/launcher=slurm`` on the real SLURM: a run directory a job, tasks as devices, honest statuses."""

import subprocess
import sys

import pytest

from tests.conftest import DEBUG, ROOT

pytestmark = pytest.mark.slow
SLURM = ("hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1", "hydra.launcher.timeout_min=20")
SHORT = ("+experiment=mmtg_full", "trainer.max_steps=2", "pretrain=none", *DEBUG)


@pytest.fixture
def sweep(cluster, artefacts, tmp_path):
    """Runs a sweep on the cluster; gives its end and its folder."""

    def run(*arguments):
        folder = tmp_path / "sweep"
        done = subprocess.run(
            [sys.executable, ROOT / "run.py", "-m", *SHORT, *SLURM, f"paths.artefacts={artefacts}",
             f"hydra.sweep.dir={folder}", *arguments],
            cwd=tmp_path, env=cluster.env, capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
        return done, folder

    return run


def test_a_sweep_of_jobs_with_two_processes(cluster, sweep, read):
    done, folder = sweep(
        "trainer=ddp", "seed=1,2", "hydra.launcher.partition=other", 'hydra.launcher.setup=["export A=7"]'
    )
    assert done.returncode == 0, done.stderr[-3000:]
    jobs = sorted(path.parent for path in folder.glob("*/status.json"))
    assert {read(job / "status.json")["state"] for job in jobs} == {"completed"}
    assert [read(job / "provenance.json")["seed"] for job in jobs] == [1, 2]
    assert all(
        (job / name).is_file() for job in jobs for name in ("metrics.json", "samples.jsonl", "checkpoints/last.ckpt")
    )
    (script,) = folder.glob(".submitit/*/*_submission.sh")
    asked = script.read_text(encoding="utf-8")
    for line in ("--ntasks-per-node=2", "--nodes=1", "--partition=other", "--array=0-1%2", "--job-name=mmtg_full"):
        assert f"#SBATCH {line}\n" in asked
    assert "\nexport A=7\n" in asked
    logs = "".join(path.read_text(encoding="utf-8") for path in folder.glob(".submitit/*/*.out"))
    assert logs.count("MEMBER: 2/2") == 2


def test_a_mistake_in_a_job_is_the_status_of_the_sweep(sweep, read):
    done, folder = sweep("resume=nowhere.ckpt,never")
    assert done.returncode == 2
    assert "nowhere.ckpt" in done.stderr
    assert [read(path)["state"] for path in sorted(folder.glob("*/status.json"))] == ["failed", "completed"]


@pytest.fixture
def composed_launcher(composed):
    """The launcher as it is composed, without submitting anything."""
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    composed()  # registers the schemas

    def make(*overrides):
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            config = compose("config", overrides=list(overrides), return_hydra_config=True)
        OmegaConf.set_readonly(config, False)
        config.hydra.sweep.dir = "sweep"
        return config.hydra.launcher

    return make


@pytest.mark.parametrize(("launcher", "gpus"), [("slurm", None), ("slurm_gpu", 4)])
def test_tasks_and_nodes_are_those_of_the_trainer(composed_launcher, launcher, gpus):
    made = composed_launcher(f"hydra/launcher={launcher}", "trainer=ddp", "trainer.devices=4", "trainer.num_nodes=3")
    assert (made.nodes, made.tasks_per_node, made.gpus_per_node) == (3, 4, gpus)
    assert made.name == "mmtg"


def test_a_mistyped_setting_is_named(cli):
    done = cli("-m", "hydra/launcher=slurm", "hydra.launcher.typo=1", "seed=1,2")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "typo" in done.stderr
