"""task=compare: a whole folder or nothing; and as many runs as anyone has."""

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from mmtg.errors import InputError
from mmtg.report.runs import SAMPLES
from mmtg.tasks.compare import compare
from tests.report.made_runs import record, samples, write
from tests.report.test_standings import kept_run

FILES = {"index.html", "leaderboard.csv", "leaderboard.tex", "leaderboard.md"}
MANY, LARGEST = 200, 15_000_000


@pytest.fixture
def settings(composed, tmp_path):
    """The configuration of a comparison of the runs in a folder."""

    def make(*overrides):
        wanted = [f"task.runs={tmp_path}/runs", f"task.output={tmp_path}/report", "task.resamples=200", *overrides]
        return composed("task=compare", *wanted)

    return make


def test_a_folder_is_written_whole(settings, tmp_path, capsys):
    for label, shift in (("a", 0.0), ("b", 0.1)):
        kept_run(tmp_path / "runs", label, 1, shift)
    (tmp_path / "runs" / "empty").mkdir()
    compare(settings())
    assert {file.name for file in (tmp_path / "report").iterdir()} == FILES
    assert "2 runs in 2 rows; 1 more directory cannot be compared" in capsys.readouterr().out
    with pytest.raises(InputError, match="is there already"):
        compare(settings())
    before = (tmp_path / "report" / "index.html").read_bytes()
    compare(settings("task.overwrite=true"))
    assert (tmp_path / "report" / "index.html").read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"runs", "report"}


def test_mistakes_write_nothing(settings, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        compare(settings())
    (tmp_path / "runs" / "notes").mkdir(parents=True)
    (tmp_path / "runs" / "notes" / "a.txt").write_text("x")
    with pytest.raises(InputError, match="holds no run directory"):
        compare(settings())
    kept_run(tmp_path / "runs", "a", 1, 0.0)
    for wrong, named in (
        ("task.baseline=x", "task.baseline"),
        ("task.resamples=3", "resamples"),
        ("task.runs=3", "task.runs"),
        ("task.runs=[3]", "task.runs"),
        ("task.runs=[]", "task.runs"),
    ):
        with pytest.raises(InputError, match=named):
            compare(settings(wrong))
    assert not (tmp_path / "report").exists()


def test_only_a_report_is_replaced(settings, tmp_path):
    run = kept_run(tmp_path / "runs", "a", 1, 0.0)
    with pytest.raises(InputError, match="is no report: it holds a-seed1"):
        compare(settings(f"task.output={tmp_path}/runs", "task.overwrite=true"))
    assert run.directory.exists()


def test_only_broken_runs_make_a_page_that_says_why(settings, tmp_path):
    (tmp_path / "runs" / "empty").mkdir(parents=True)
    compare(settings())
    assert "is empty" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_torch_is_not_imported_for_runs_that_kept_their_scores(settings, tmp_path):
    kept_run(tmp_path / "runs", "a", 1, 0.0)
    OmegaConf.save(settings(), tmp_path / "config.yaml", resolve=True)
    code = (
        "import sys; from omegaconf import OmegaConf; from mmtg.tasks.compare import compare;"
        "compare(OmegaConf.load(sys.argv[1])); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "config.yaml"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


HEAD = "step,epoch,name,value\n"
STRANGE = {
    "samples.jsonl": [
        "",
        "[]",
        "{}\n",
        '{"id": [1], "topic": {"a": 1}, "hypotheses": [[]], "plan": 3, "scores": "x"}\n',
    ],
    "metrics.csv": [
        "",
        "step,epoch,name,value\n1,1,train/loss,1e308\n1,1,,inf\n",
        "a\x00b",
        "step,epoch,name,value\n9\n",
    ],
    "provenance.json": ["[]", '{"data": [1]}', '{"data": {"stores": 1, "source": []}}', "NaN"],
    "scores.json": ["[]", '{"format": 1}', "[" * 9999, '{"format": 1, "ids": [], "texts": [], "figures": {}}'],
    "overrides.yaml": ["{", "1", "- {a: 1}\n- null", "- '='\n- '+='\n"],
    "metrics.json": [
        '{"test/bleu_2": 1e99, "": 1, "test/": 2, "test/_ceiling": 3}',
        '{"test/bleu_2": -1e99}',
        "{}",
        "1",
    ],
}


def test_no_run_directory_ends_the_comparison(settings, tmp_path):
    for number in range(4):
        for seed in (1, 2):
            run = write(record(f"a{number}", seed, directory=tmp_path / "runs" / f"a{number}-seed{seed}"))
            for name, contents in STRANGE.items():
                (run.directory / name).write_text(contents[number])
    kept_run(tmp_path / "runs", "whole", 1, 0.0)
    compare(settings())
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert '"label":"whole"' in page
    assert '"label":"a0"' in page
    assert "metrics.json: must be an object" in page


@pytest.mark.slow
def test_two_hundred_runs_make_a_page_of_moderate_size(settings, tmp_path, monkeypatch):
    """Of no file more than twice is read, whatever the number of runs."""
    opened = []
    given = samples(30)
    for number in range(MANY):
        label, seed = f"system_{number // 4}", number % 4
        figures = {"test/bleu_2": 0.2 + number / 1000, "test/concept_recall": 0.5, "parameters": 1e6}
        name = tmp_path / "runs" / f"{label}-seed{seed}"
        write(record(label, seed, directory=name, figures=figures, sweep=None, width=number // 4), given, steps=400)
    real = type(tmp_path).read_bytes
    monkeypatch.setattr(type(tmp_path), "read_bytes", lambda path: opened.append(path) or real(path))
    compare(settings("task.figures=[concept_recall]"))
    page = tmp_path / "report" / "index.html"
    assert page.stat().st_size < LARGEST
    assert page.read_text(encoding="utf-8").count('"label":"system_') >= MANY // 4
    assert max(opened.count(path) for path in set(opened) if path.name != SAMPLES) <= 2
