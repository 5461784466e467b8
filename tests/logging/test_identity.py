"""A run has the same name, group, job type and tags in every dashboard."""

from pathlib import Path

import pytest
import yaml

from mmtg.config.plain import plain
from mmtg.logging.identity import TAG_LETTERS, Identity

CONF = Path(__file__).resolve().parents[2] / "conf"
PARTS = sorted(path for group in ("ablation", "unified", "rewards") for path in (CONF / group).glob("*.yaml"))
SWEEPS = sorted((CONF / "sweep").glob("*.yaml"))
SWEEP = Path("runs/ablation/today")


@pytest.fixture(scope="module")
def of(composed):
    configs = {}  # composing takes a second

    def make(folder, *overrides, sweep=None):
        if overrides not in configs:
            configs[overrides] = plain(composed(*overrides))
        return Identity(Path(folder), configs[overrides], overrides, sweep)

    return make


def test_of_a_run_that_is_alone_the_experiment_is_the_group(of):
    alone = of("runs/mmtg_full/now", "+experiment=mmtg_full")
    assert (alone.group, alone.name, alone.job_type) == ("mmtg_full", "mmtg_full/now", "mmtg")
    assert (alone.label, alone.seed, alone.facts["sweep"]) == ("mmtg_full", 1, None)


def test_jobs_of_a_sweep_share_their_group_and_seeds_their_label(of):
    jobs = [of(SWEEP / f"without_image-seed{seed}", sweep=SWEEP) for seed in (1, 2)]
    assert {job.group for job in jobs} == {"ablation/today"}
    assert {job.label for job in jobs} == {"without_image"}
    assert [job.seed for job in jobs] == [1, 2]
    assert len({job.id for job in jobs}) == 2


def test_what_is_swept_beside_the_seed_stays_in_the_label(of):
    job = of(SWEEP / "full-seed1-model.kl_weight=0.5", sweep=SWEEP)
    assert (job.label, job.seed) == ("full-model.kl_weight=0.5", 1)


def test_runs_whose_folder_says_nothing_are_told_apart_by_what_was_typed(of):
    typed = ["+experiment=mmtg_full", "model.kl_weight=0.5", "logger=csv", "paths.runs=x"]
    jobs = [of(SWEEP / str(number), *typed, f"seed={number}", sweep=SWEEP) for number in (1, 2)]
    assert {job.label for job in jobs} == {"mmtg_full model.kl_weight=0.5"}
    assert [job.seed for job in jobs] == [1, 2]
    assert of("run", "+experiment=mmtg_full", "curriculum=none").label == "mmtg_full curriculum=none"


def test_a_configured_group_wins(of):
    assert of(SWEEP / "0", "logger.wandb.group=mine", sweep=SWEEP).group == "mine"


def test_the_same_directory_is_the_same_run(of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert of("run").id == of(tmp_path / "run").id != of("other").id


def test_tags(of):
    assert of("run", "+experiment=mmtg_full", "+ablation=without_image").tags == ["without_image"]
    assert of("run", "+experiment=mmtg_full", "curriculum=none").tags == ["curriculum:none"]
    assert of("run", f"logger.wandb.tags=[{'x' * 99},b,b]").tags == ["x" * TAG_LETTERS, "b"]
    assert of("run", "task=test", "task.checkpoint=x").tags == ["test"]


@pytest.mark.parametrize("path", PARTS, ids=lambda path: f"{path.parent.name}={path.stem}")
def test_every_part_that_is_left_out_is_a_tag(path):
    (tag,) = yaml.safe_load(path.read_text(encoding="utf-8"))["logger"]["wandb"]["tags"]
    assert path.stem in tag


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_sweep_over_seeds_names_its_jobs_by_seed(of, path):
    sweep = yaml.safe_load(path.read_text(encoding="utf-8"))["hydra"]
    swept = [key for key in sweep["sweeper"]["params"] if key.rpartition(".")[2] == "seed"]
    if not swept:
        assert path.stem == "optuna"
        return
    assert sweep["sweep"]["subdir"].endswith(f"-seed${{{swept[0]}}}")
    assert of(SWEEP / "some-seed7", sweep=SWEEP).seed == 7


def test_every_system_has_a_job_type_of_its_own(of):
    files = sorted((CONF / "model").glob("*.yaml"))
    names = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["name"] for path in files}
    assert names.pop("cromic") == "${.variant}"
    assert names == {name: name for name in names}
    assert of("run", "model=cromic", "model.variant=vilt").job_type == "vilt"
    assert of("run", "+experiment=img2poem_visual").job_type == "encoder"
