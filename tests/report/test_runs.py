"""Run directories are found, labelled and checked; what strangers put there never gets further than a reason."""

import json
import os

import pytest
import yaml

from mmtg.errors import InputError
from mmtg.report.runs import find_runs
from tests.report.made_runs import record, write


def made(folder, called, seed=1, **settings):
    """A whole run directory; gives its path."""
    return write(record(called, seed, directory=folder / called, **settings)).directory


def labels(root, **options):
    return {run.directory.name: run.label for run in find_runs(root, **options).runs}


def test_run_directories_are_found_at_any_depth_and_not_inside_one_another(tmp_path):
    here = made(tmp_path / "a" / "b", "full-seed1")
    (here / "wandb" / "files").mkdir(parents=True)
    (here / "wandb" / "files" / "config.yaml").write_text("x: 1")
    (tmp_path / "a" / ".hidden").mkdir()
    found = find_runs(tmp_path)
    assert [run.directory for run in found.runs] == [here]
    assert found.broken == []
    assert find_runs([here, tmp_path]).runs == found.runs


def test_runs_that_differ_in_their_seed_share_a_label(tmp_path):
    for seed in (1, 2):
        made(tmp_path, f"full-seed{seed}", seed, weights=f"/runs/first-seed{seed}/best.ckpt")
    made(tmp_path, "full-seed3", 3, weights="/runs/first-seed1/best.ckpt")
    found = labels(tmp_path)
    assert found["full-seed1"] == found["full-seed2"] != found["full-seed3"]
    assert all(label.startswith("full (model.weights=") for label in found.values())
    assert set(labels(tmp_path, ignored=["seed", "model"]).values()) == {"full"}


def test_the_seed_is_the_one_that_the_sweep_varies(tmp_path):
    (tmp_path / "sweep.json").write_text("{}")
    for seed in (1, 2):
        made(tmp_path, f"a-seed{seed}", 1, pretrain={"seed": seed}, typed=["x=1", f"model.pretrain.seed={seed}"])
        made(tmp_path, f"b-seed{seed}", seed, pretrain={"seed": 1}, typed=[f"seed={seed}", "model.pretrain.seed=1"])
    found = find_runs(tmp_path).runs
    assert [(run.label, run.seed) for run in found] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_what_was_typed_tells_rows_apart_rather_than_the_rest(tmp_path):
    made(tmp_path, "a-seed1", typed=["model.width=3"], width=3, depth=1, kind="x")
    made(tmp_path, "a-seed2", 2, width=4, depth=2, kind="y")
    assert labels(tmp_path)["a-seed1"] == "a (model.width=3)"


def test_the_experiment_tells_rows_apart_by_its_name(tmp_path):
    made(tmp_path / "1", "full-seed1", name="first", width=1)
    made(tmp_path / "2", "full-seed1", name="second", width=2)
    assert {run.label for run in find_runs(tmp_path).runs} == {"full (first)", "full (second)"}


def test_labels_of_long_values_stay_apart(tmp_path):
    for number in (1, 2):
        made(tmp_path, f"a-seed{number}", number, path="x" * 60 + str(number))
    assert len(set(labels(tmp_path).values())) == 2


def test_outside_sweeps_the_experiment_is_the_label(tmp_path):
    made(tmp_path, "20260101-000000", name="mine")
    made(tmp_path / "ablation" / "1", "full-seed1", name="mine")
    (tmp_path / "ablation" / "1" / "sweep.json").write_text("{}")
    by_name = {run.directory.name: run for run in find_runs(tmp_path).runs}
    assert by_name["20260101-000000"].label == "mine"
    assert by_name["20260101-000000"].sweep is None
    assert by_name["full-seed1"].sweep == "ablation/1"


BREAKS = {
    "running": ({"status.json": '{"state": "running", "time": "now"}'}, "is running since now"),
    "failed": ({"status.json": '{"state": "failed", "error": "no memory"}'}, "failed: no memory"),
    "preempted": ({"status.json": '{"state": "preempted"}'}, "preempted"),
    "status": ({"status.json": "{"}, "status.json: is not JSON"),
    "unfinished": ({"metrics.json": None}, "metrics.json: is not there"),
    "json": ({"metrics.json": '{"a": '}, "metrics.json: is not JSON"),
    "nan": ({"metrics.json": '{"test/x": NaN}'}, "metrics.json: test/x: must be a finite number"),
    "large": ({"metrics.json": '{"test/x": -1e101}'}, "test/x: is beyond 1e+100"),
    "longname": ({"config.yaml": f"seed: 1\nname: {'a' * 300}"}, "name: must be a name of at most 200"),
    "longreason": ({"status.json": json.dumps({"state": "failed", "error": "x" * 10**6})}, "failed: xxx"),
    "huge": ({"metrics.json": '{"test/x": 1' + "0" * 400 + "}"}, "test/x: must be a finite number"),
    "text": ({"metrics.json": '{"test/x": "0.5"}'}, "test/x: must be a finite number"),
    "true": ({"metrics.json": '{"test/x": true}'}, "test/x: must be a finite number"),
    "nested": ({"metrics.json": '{"test/x": {"y": 1}}'}, "test/x: must be a finite number"),
    "list": ({"metrics.json": "[1]"}, "must be an object"),
    "none": ({"metrics.json": "{}"}, "has no figures"),
    "deep": ({"metrics.json": "[" * 100_000}, "is no JSON that can be read"),
    "bytes": ({"metrics.json": b"\xff\xfe"}, "is not UTF-8"),
    "yaml": ({"config.yaml": "a: [1"}, "config.yaml: is no plain YAML"),
    "code": ({"config.yaml": "!!python/object/apply:os.system ['true']"}, "config.yaml: is no plain YAML"),
    "alias": ({"config.yaml": "a: &a [1, 2]\nb: [*a, *a]"}, "has an anchor"),
    "scalar": ({"config.yaml": "3"}, "config.yaml: must be a mapping"),
    "unnamed": ({"config.yaml": "seed: 1"}, "name: must be a name of at most"),
    "modelless": ({"config.yaml": "seed: 1\nname: a\nmodel: [1]"}, "model.name: must be a name"),
    "seedless": ({"config.yaml": "name: a\nmodel: {name: b}\nseed: x"}, "seed: must be a whole number"),
    "configless": ({"config.yaml": None}, "config.yaml: is not there"),
    "remains": ({"config.yaml": None, "status.json": None}, "has neither config.yaml nor status.json, only"),
}


@pytest.mark.parametrize(("files", "reason"), BREAKS.values(), ids=BREAKS)
def test_a_broken_run_is_listed_with_its_reason_and_the_others_are_read(tmp_path, files, reason):
    whole, broken = made(tmp_path, "whole"), made(tmp_path, "broken")
    for name, content in files.items():
        if content is None:
            (broken / name).unlink()
        else:
            (broken / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = find_runs(tmp_path)
    assert [run.directory for run in found.runs] == [whole]
    [listed] = found.broken
    assert listed.directory == broken
    assert reason in listed.reason
    assert "\n" not in listed.reason
    assert len(listed.reason) <= 500


def test_empty_folders_pipes_and_too_large_files_are_listed(tmp_path):
    (tmp_path / "empty").mkdir()
    pipe, large = made(tmp_path, "pipe"), made(tmp_path, "large")
    (pipe / "metrics.json").unlink()
    os.mkfifo(pipe / "metrics.json")
    (large / "metrics.json").write_text(json.dumps({f"test/{number}": 1.0 for number in range(1000)}))
    reasons = {broken.directory.name: broken.reason for broken in find_runs(tmp_path, largest_file=9000).broken}
    assert reasons["empty"] == "is empty"
    assert "is no ordinary file" in reasons["pipe"]
    assert "task.largest_file" in reasons["large"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: task.runs: no such folder"):
        find_runs(tmp_path / "nowhere")


def test_curves_and_samples_are_read_when_asked_for_and_checked(tmp_path):
    here = made(tmp_path, "run")
    [run] = find_runs(tmp_path).runs
    assert {line.name for line in run.curves()} == {"train/loss", "train/stage", "val/loss"}
    assert len(run.samples()) == 3
    (here / "metrics.csv").write_text("step,epoch,name,value\n1,0,train/loss,nan\n2,0,train/loss,1\n")
    assert [line.step for line in run.curves()] == [2]
    (here / "metrics.csv").write_text("step,epoch,name,value\n1,0,train/loss\n")
    with pytest.raises(InputError, match="line 2"):
        run.curves()
    (here / "samples.jsonl").write_text('{"id": 1, "hypotheses": "moon"}\n')
    with pytest.raises(InputError, match=r"line 1: hypotheses: must be a list of texts"):
        run.samples()


def test_whatever_yaml_can_say_may_stand_in_a_configuration(tmp_path):
    strange = "? 2026-01-01\n: [{2026-01-01: 1}, {null: .nan}]\n1: !!binary aGk=\ntrue: !!set {a, b}\nd: 2026-01-01\n"
    for number in (1, 2):
        here = made(tmp_path, f"a-seed{number}")
        with (here / "config.yaml").open("a") as file:
            file.write(f"{strange}more: {number}\n")
    assert sorted(labels(tmp_path).values()) == ["a (more=1)", "a (more=2)"]


def test_provenance_and_overrides_may_be_broken(tmp_path):
    here = made(tmp_path, "run", typed=["a=1"])
    (here / "provenance.json").write_text("[")
    [run] = find_runs(tmp_path).runs
    assert run.overrides == ("a=1",)
    assert run.provenance == {}
    (here / "overrides.yaml").write_text(yaml.safe_dump({"a": 1}))
    assert find_runs(tmp_path).runs[0].overrides == ()
