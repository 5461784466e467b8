"""How runs begin and end in dashboards, and what is refused before they begin."""

from types import SimpleNamespace

import pytest

from mmtg.errors import InputError
from mmtg.logging import checks
from mmtg.logging.board import FAILED, FINISHED, STOPPED, Board, at_work, conclude, show_test
from mmtg.preemption import Preempted
from mmtg.running import complete_run


class Told(Board):
    """Keeps what it is told."""

    def __init__(self):
        self.said = []

    def show_samples(self, samples):
        self.said.append(("samples", len(samples)))

    def show_attention(self, rows):
        self.said.append(("attention", len(rows)))

    def conclude(self, figures, step):
        self.said.append((figures, step))

    def close(self, end):
        self.said.append(end)


@pytest.mark.parametrize(
    ("error", "end"),
    [(None, FINISHED), (ValueError, FAILED), (KeyboardInterrupt, STOPPED), (lambda: Preempted(10), STOPPED)],
)
def test_loggers_are_closed_however_a_run_ends(error, end):
    board = Told()
    try:
        with at_work([object(), board]):
            if error:
                raise error()
    except (ValueError, KeyboardInterrupt, Preempted):
        assert error
    assert board.said == [end]


def test_attention_is_shown_where_there_is_some(samples):
    board = Told()
    show_test([object(), board], samples)
    show_test([board], [{**samples[0], "attention": None}])
    assert board.said == [("samples", 2), ("attention", 6), ("samples", 1)]


def test_final_figures_are_finite_and_have_the_best_value():
    board, callback = Told(), SimpleNamespace(best_model_score=0.5, monitor="val/loss", mode="min")
    figures = {"val/loss": 0.75, "test/rouge_l": float("nan")}
    trainer = SimpleNamespace(loggers=[object(), board], checkpoint_callback=callback, global_step=7)
    assert conclude(trainer, figures) is figures
    assert board.said == [({"val/loss": 0.75, "val/loss_min": 0.5}, 7)]


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        (["logger.wandb.mode=of"], r"logger\.wandb\.mode"),
        (["logger=tensorboard"], r"logger\.tensorboard\.enabled"),
        (["logger=mlflow"], r"logger\.mlflow\.enabled"),
        (["logger=mlflow", "logger.mlflow.tracking_uri=htp://x"], r"logger\.mlflow\.tracking_uri"),
    ],
)
def test_loggers_that_cannot_work_are_refused_before_anything_begins(composed, monkeypatch, overrides, field):
    missing = "enabled" in field
    monkeypatch.setattr(checks, "find_spec", lambda name: None if missing else name)

    def work(config, run):
        raise AssertionError("has begun")

    with pytest.raises(InputError, match=field) as refused:
        complete_run(composed("+experiment=mmtg_full", *overrides), work)
    assert ("pip install -e '.[" in str(refused.value)) == missing


def test_the_mode_of_a_logger_that_is_off_does_not_matter(composed):
    checks.refuse_loggers(composed("logger=csv", "logger.wandb.mode=of").logger)


def test_no_key_means_offline(monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    assert not checks.has_key()
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert checks.has_key()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not checks.has_key()
