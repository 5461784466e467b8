"""MLflow's store, read back by its own client."""

import csv

import pytest
from pytorch_lightning.utilities.rank_zero import rank_zero_only

mlflow = pytest.importorskip("mlflow")
ON = "logger=mlflow"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stored(tmp_path):
    """All runs of the store."""

    def read():
        client = mlflow.MlflowClient((tmp_path / "mlruns").as_uri())
        (place,) = [one.experiment_id for one in client.search_experiments() if one.name == "mmtg"]
        return client, client.search_runs([place], order_by=["attributes.start_time ASC"])

    return read


def test_figures_configuration_samples_and_attention(board, samples, stored):
    run = board(ON)
    run.log_metrics({"train/loss": 2.0}, 1)
    run.show_samples(samples)
    run.show_attention([(1, "topic", 0.25)])
    run.conclude({"test/bleu_2": 0.25, "time/fit_seconds": 3.0}, 5)
    run.close("finished")
    client, (found,) = stored()
    assert found.data.metrics == {"train/loss": 2.0, "test/bleu_2": 0.25, "time/fit_seconds": 3.0}
    assert found.info.run_name == "mmtg_full/full-seed2"
    assert found.info.status == "FINISHED"
    tags = {name: found.data.tags[name] for name in ("group", "job_type", "tags", "label", "seed", "sweep")}
    assert tags == {"group": "ablation/today", "job_type": "mmtg", "tags": "full", "label": "full", "seed": "2",
                    "sweep": "ablation"}  # fmt: skip
    assert found.data.params["model/kl_weight"] == "0.2"
    folder = client.download_artifacts(found.info.run_id, "test")
    with open(f"{folder}/samples.csv", newline="", encoding="utf-8") as file:
        assert [row["hypothesis"] for row in csv.DictReader(file)] == ["c\nd", "e", "<b>g</b>"]
    assert {item.path for item in client.list_artifacts(found.info.run_id, "test")} == {
        "test/samples.csv", "test/attention.csv", "test/attention.png",
    }  # fmt: skip


def test_a_run_that_goes_on_is_the_same_and_one_that_begins_anew_is_not(board, stored):
    for done, seed in ((None, 2), (3, 2), (None, 2)):
        run = board(ON, f"model.kl_weight=0.{seed + (done or 0)}", done=done)
        run.log_metrics({"train/loss": 1.0}, done or 0)
        run.close("stopped" if done is None else "finished")
    client, (first, second) = stored()
    steps = [[at.step for at in client.get_metric_history(one.info.run_id, "train/loss")] for one in (first, second)]
    assert steps == [[0, 3], [0]]
    assert [one.info.status for one in (first, second)] == ["FINISHED", "KILLED"]


def test_each_job_of_a_sweep_is_a_run_in_one_group(board, stored):
    for job in ("full-seed1", "full-seed2"):
        board(ON, job=job).close("finished")
    _, runs = stored()
    assert [run.data.tags["seed"] for run in runs] == ["1", "2"]
    assert {run.data.tags["group"] for run in runs} == {"ablation/today"}


def test_only_the_first_process_writes(board, samples, monkeypatch, tmp_path):
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    run = board(ON)
    run.log_metrics({"train/loss": 1.0}, 1)
    run.show_samples(samples)
    run.close("finished")
    assert not list(tmp_path.glob("mlruns/*/*/meta.yaml"))
