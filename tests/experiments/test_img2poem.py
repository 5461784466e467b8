"""img2poem's table, from made run directories, and the published one."""

import json

import pytest

from mmtg.errors import InputError


@pytest.fixture(scope="module")
def study(script):
    return script("img2poem/table.py")


@pytest.fixture
def run(tmp_path, study):
    def make(name, value, **left_out):
        folder = tmp_path / name
        folder.mkdir()
        figures = {figure: value for figure in study.COLUMNS if figure not in left_out.get("without", ())}
        (folder / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
        return folder

    return make


def test_the_published_table_is_that_of_the_paper(study, shared):
    table = json.loads((shared / "golden" / "img2poem" / "overall_table.json").read_text(encoding="utf-8"))
    assert [figure.removeprefix("test/") for figure in study.COLUMNS] == table["columns"]
    assert {name: list(values) for name, values in study.PUBLISHED.items()} == {
        row["method"]: row["values"] for row in table["rows"]
    }
    printed = [float(line.split("|")[-3]) for line in list(study.table("paper", study.published()))[2:]]
    assert printed == pytest.approx([row["overall_printed"] for row in table["rows"]], abs=0.01)


def test_runs_of_a_name_are_a_row_with_mean_and_spread(study, run):
    folders = [run("both-seed1", 0.2), run("both-seed2", 0.4), run("mle-seed1", 0.1)]
    rows = study.rows_of(folders)
    [*_, both, mle] = study.table("ours", rows)
    assert both.startswith("| both | 30.00 ± 14.14 |")
    assert both.endswith("| 100.00 | 2 |")
    assert mle.startswith("| mle | 10.00 | 10.00 |")
    assert mle.endswith("| 0.00 | 1 |")


def test_a_figure_that_a_run_lacks_is_left_out_of_all(study, run):
    rows = study.rows_of([run("a-seed1", 0.2, without=["test/relevance"]), run("b-seed1", 0.1)])
    assert all("test/relevance" not in row for row in rows.values())
    assert list(study.table("ours", rows))[-1].startswith("| b | – | 10.00 |")


def test_what_is_no_run_is_named(study, run, tmp_path, capsys):
    with pytest.raises(InputError, match="NAME-seedN"):
        study.rows_of([run("both", 0.2)])
    assert study.main([str(tmp_path / "c-seed1")]) == 2
    assert "metrics.json" in capsys.readouterr().err
    assert study.main([]) == 2
