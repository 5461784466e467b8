"""W&B's workspace and report are built and checked by its own library; nothing is sent."""

import json

import pytest

pytest.importorskip("wandb_workspaces")


@pytest.fixture(scope="module")
def study(script):
    return script("dashboard/workspace.py")


@pytest.fixture
def sent(study, capsys):
    """What a command would send."""

    def of(*arguments):
        assert study.main(["--entity", "me", "--dry-run", *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return of


def found(node, key):
    """All values of a key anywhere below."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from found(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from found(item, key)


GROUPING = [{"section": "run", "name": "jobType"}, {"section": "config", "name": "run.value.label"}]


@pytest.mark.parametrize("kind", [[], ["--report"]])
def test_runs_are_grouped_by_model_and_by_what_seeds_share(sent, study, kind):
    spec = sent(*kind)
    groupings = list(found(spec, "grouping"))
    assert groupings
    assert all(grouping == GROUPING for grouping in groupings)
    assert set(found(spec, "groupBy")) == {"run.value.label"}
    text = json.dumps(spec)
    assert all(f"summary_metrics.{name}" in text for name in study.FIGURES)
    drawn = [name for metrics in found(spec, "metrics") for name in metrics]
    assert set(study.CURVES) <= set(drawn)
    assert ["test/attention_map"] in list(found(spec, "mediaKeys"))
    assert "test/samples" in text
    assert '"filters": []' in text


@pytest.mark.parametrize("kind", [[], ["--report"]])
def test_arguments_are_obeyed(sent, kind):
    spec = sent(*kind, "--group", "ablation/today", "--figures", "test/chrf", "--curves", "val/loss")
    (filters,) = {json.dumps(given) for given in found(spec, "filters") if isinstance(given, list)}
    assert [(one["key"]["name"], one["value"]) for one in json.loads(filters)] == [("group", "ablation/today")]
    drawn = [metrics for metrics in found(spec, "metrics") if metrics]
    assert drawn == [["summary_metrics.test/chrf"], ["val/loss"]]
    assert {order["key"]["name"] for keys in found(spec, "keys") for order in keys} == {"test/chrf"}


def test_a_missing_key_is_said_in_one_line(study, capsys, monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert study.main(["--entity", "me"]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert len(said.err.splitlines()) == 1
    assert "wandb login" in said.err
