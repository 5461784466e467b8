"""TensorBoard and MLflow of a whole run, and of one that goes on."""

import pytest
from omegaconf import OmegaConf

reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
mlflow = pytest.importorskip("mlflow")


@pytest.mark.slow
def test_figures_have_the_same_names_everywhere_and_a_continued_run_is_one_run(fit, read, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    options = ["+experiment=topic_gpt2", "pretrain=none", "logger=mlflow", "logger.tensorboard.enabled=true",
               "trainer.log_every_n_steps=1", f"logger.mlflow.tracking_uri={tmp_path}/mlruns"]  # fmt: skip
    for steps in (3, 6):
        run = fit(*options, f"trainer.max_steps={steps}", directory=tmp_path / "run")
    figures = read(run / "metrics.json")
    client = mlflow.MlflowClient((tmp_path / "mlruns").as_uri())
    (place,) = [one.experiment_id for one in client.search_experiments() if one.name == "mmtg"]
    (found,) = client.search_runs([place])
    assert {name: found.data.metrics.get(name) for name in figures} == pytest.approx(figures)
    assert found.info.status == "FINISHED"
    assert found.data.tags["job_type"] == "topic_gpt2"
    assert found.data.params["model/name"] == OmegaConf.load(run / "config.yaml").model.name
    events = reader.EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    assert set(figures) <= set(events.Tags()["scalars"])
    assert [at.step for at in events.Scalars("train/lr")] == [0, 1, 2, 3, 4, 5, 6]
    assert not (run / "wandb").exists()
