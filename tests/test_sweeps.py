"""Multiruns on one machine: names, processes, failures, and going on with what is missing."""

import json
import os
import shutil

import pytest
from omegaconf import OmegaConf

from mmtg.errors import InputError
from mmtg.processes import _differing
from mmtg.sweeps import SWEEP, last_like, refuse_contradictions, with_missing
from tests.conftest import DEBUG

QUICK = (*DEBUG, "trainer.max_steps=2", "logger.wandb.enabled=false", "pretrain=none")

SPY = """
import json, os, torch

made = torch.optim.AdamW.__init__

def spied(self, *args, **kwargs):
    with open(os.environ["SPY"], "a") as file:
        file.write(json.dumps([int(os.environ.get("LOCAL_RANK", -1)), kwargs["lr"]]) + chr(10))
    made(self, *args, **kwargs)

torch.optim.AdamW.__init__ = spied
"""
"""Put where Python looks at its start: every process that trains writes down its rank and learning rate."""


@pytest.fixture
def spied(tmp_path, monkeypatch):
    """Gives the learning rates that each rank has trained with meanwhile."""
    (tmp_path / "spy").mkdir()
    (tmp_path / "spy" / "sitecustomize.py").write_text(SPY)
    monkeypatch.setenv("SPY", str(tmp_path / "seen.jsonl"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "spy"))

    def seen(rank):
        lines = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
        return [rate for number, rate in lines if number == rank]

    return seen


def jobs(sweep):
    return sorted(path.parent for path in sweep.rglob("status.json"))


def same_on_both_ranks(seen, folders):
    """Each job trained on two processes with the learning rate that stands in its folder."""
    told = [OmegaConf.load(folder / "config.yaml").optimizer.learning_rate for folder in folders]
    assert seen(1) == told
    assert [rate for rate in seen(0) if rate in told] == told
    return told


@pytest.mark.slow
def test_every_process_of_every_job_trains_the_same_values(cli, artefacts, tmp_path, read, spied):
    done = cli(
        "-m", "+experiment=mmtg_full", *QUICK, "trainer=ddp", "optimizer.learning_rate=1e-3,2e-3",
        f"paths.artefacts={artefacts}", f"hydra.sweep.dir={tmp_path}/sweep",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    folders = jobs(tmp_path / "sweep")
    assert [folder.name for folder in folders] == ["0", "1"]
    assert {read(folder / "status.json")["state"] for folder in folders} == {"completed"}
    assert same_on_both_ranks(spied, folders) == [0.001, 0.002]
    for log in (tmp_path / "sweep").rglob("rank_*.log"):
        assert "Error" not in log.read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_process_trains_what_the_search_chose(cli, artefacts, tmp_path, read, spied):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs the extra 'search'")
    done = cli(
        "-m", "+sweep=optuna", *QUICK, "trainer=ddp", "hydra.sweeper.n_trials=2", f"paths.artefacts={artefacts}",
        f"hydra.sweep.dir={tmp_path}/sweep",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    folders = jobs(tmp_path / "sweep")
    assert [folder.name for folder in folders] == ["trial0", "trial1"]
    chosen = same_on_both_ranks(spied, folders)
    assert len(set(chosen)) == 2
    assert all(0.0003 <= rate <= 0.01 for rate in chosen)
    best = OmegaConf.load(tmp_path / "sweep" / "optimization_results.yaml").best_value
    assert best == pytest.approx(min(read(folder / "metrics.json")["val/loss"] for folder in folders))


@pytest.mark.slow
def test_a_sweep_with_failures_goes_on_and_the_same_command_runs_what_is_missing(cli, artefacts, tmp_path, read):
    command = [
        "-m", "+sweep=curriculum", "curriculum=none,linear", "seed=1", "tested=last,worst", *QUICK,
        f"paths.artefacts={artefacts}", f"paths.runs={tmp_path}/runs",
    ]  # fmt: skip
    first = cli(*command)
    assert first.returncode == 2
    assert "2 of 4 jobs completed" in first.stdout
    assert "none-seed1-tested=worst: failed: InputError: tested: 'worst' is unknown" in first.stdout
    (sweep,) = (tmp_path / "runs" / "curriculum").iterdir()
    names = {f"{curriculum}-seed1-tested={tested}" for curriculum in ("none", "linear") for tested in ("last", "worst")}
    assert {folder.name for folder in jobs(sweep)} == names
    states = {name: one["state"] for name, one in read(sweep / "summary.json")["jobs"].items()}
    assert states == {name: "failed" if "worst" in name else "completed" for name in names}

    shutil.rmtree(sweep / "linear-seed1-tested=last")
    kept = (sweep / "none-seed1-tested=last" / "metrics.json").stat().st_mtime_ns
    again = cli(*command, "resume=auto")
    assert again.stdout.count("completed before") == 1
    assert (sweep / "none-seed1-tested=last" / "metrics.json").stat().st_mtime_ns == kept
    assert read(sweep / "linear-seed1-tested=last" / "status.json")["state"] == "completed"
    assert [folder.name for folder in (tmp_path / "runs" / "curriculum").iterdir()] == [sweep.name]

    cli(*command[:3], "seed=3", *command[5:])
    assert len(list((tmp_path / "runs" / "curriculum").iterdir())) == 2  # a sweep of its own


GROUPS = {"curriculum", "experiment", "model/size"}


@pytest.mark.parametrize(
    ("template", "swept", "whole"),
    [
        ("${hydra.job.num}", ["seed", "curriculum"], "${hydra.job.num}"),
        ("${seed}", ["seed"], "${seed}"),
        ("s${seed}", ["seed", "threads"], "s${seed}-threads=${threads}"),
        ("run", ["curriculum"], "run-curriculum=${hydra.runtime.choices.curriculum}"),
        ("run", ["model/size"], "run-model.size=${hydra.runtime.choices.model/size}"),
    ],
)
def test_a_folder_names_all_that_differs(template, swept, whole):
    assert with_missing(template, swept, groups=GROUPS) == whole


def test_the_newest_sweep_that_was_typed_the_same_is_found(tmp_path):
    for number, typed in enumerate((["a=1"], ["a=2"], ["a=1"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / SWEEP).write_text(json.dumps({"overrides": typed}))
        os.utime(folder / SWEEP, (number, number))
    assert last_like(tmp_path, ["a=1"]) == tmp_path / "2"
    assert last_like(tmp_path, ["a=3"]) is None
    assert last_like(tmp_path / "none", ["a=1"]) is None


def slurm(**changes):
    launcher = {
        "_target_": "a.SlurmLauncher",
        "tasks_per_node": 1,
        "nodes": 1,
        "timeout_min": 60,
        "signal_delay_s": 120,
    }
    changed = {name: changes.pop(name) for name in list(changes) if name in launcher}
    return OmegaConf.create(
        {"hydra": {"launcher": {**launcher, **changed}}, "trainer": {"devices": 1, "num_nodes": 1, **changes}}
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"devices": 2}, ["hydra.launcher.tasks_per_node=1", "trainer.devices=2"]),
        ({"num_nodes": 2}, ["hydra.launcher.nodes=1", "trainer.num_nodes=2"]),
        ({"timeout_min": 2}, ["hydra.launcher.timeout_min=2", "hydra.launcher.signal_delay_s=120"]),
    ],
)
def test_what_slurm_would_run_otherwise_is_refused_before_it_is_queued(changes, named):
    refuse_contradictions(slurm())
    with pytest.raises(InputError) as refused:
        refuse_contradictions(slurm(**changes))
    assert all(word in str(refused.value) for word in named)


def test_values_that_differ_between_processes_are_named():
    assert list(_differing({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})) == ["a.c (2, here 3)"]
    assert not list(_differing({"a": [1]}, {"a": [1]}))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["trainer.devices=2", "trainer.strategy=ddp_spawn"], ["trainer.strategy=ddp_spawn", "trainer.devices=2"]),
        (["trainer.num_nodes=2"], ["trainer.num_nodes=2", "hydra/launcher=slurm"]),
    ],
)
def test_contradictions_are_refused_at_start(cli, tmp_path, arguments, named):
    done = cli("+experiment=mmtg_full", *DEBUG, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert all(word in done.stderr for word in named)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["logger.wandb.mode=of"], "logger.wandb.mode"),
        (["hydra/launcher=slurm", "hydra.launcher.timeout_min=1"], "hydra.launcher.signal_delay_s"),
    ],
)
def test_a_sweep_that_cannot_work_does_not_begin(cli, tmp_path, arguments, named):
    done = cli("-m", "+experiment=mmtg_full", "seed=1,2", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert named in done.stderr
    assert not list(tmp_path.iterdir())


def test_tasks_of_slurm_and_devices_must_be_equal(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("os.environ", {**os.environ})
    from mmtg.processes import refuse_contradictions as refuse

    trainer = OmegaConf.create({"strategy": "ddp", "devices": 2, "num_nodes": 1, "accelerator": "cpu"})
    for name, value in {"SLURM_NTASKS": "4", "SLURM_STEP_ID": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with pytest.raises(InputError, match=r"trainer.devices=2.*4 tasks"):
        refuse(trainer)
    monkeypatch.setenv("SLURM_NTASKS", "2")
    refuse(trainer)
